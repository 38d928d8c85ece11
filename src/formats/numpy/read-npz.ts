import { inflateHead, inflatePieces } from '../../codec/inflate.ts'
import { type ReadRange, readHeadWithHeader, readZip, type ZipEntry } from '../../codec/zip.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import { decodedBy } from '../../model/values/chunk.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { lastFarAway } from '../near.ts'
import { locatable } from '../zip-entry.ts'
import { assemble } from './assemble.ts'
import type { StoredArray } from './stored-array.ts'

const ending = '.npy'
/** Enough of a compressed array to have its header. */
const compressedHead = 4_096

/** Reads an archive of arrays. */
export async function readNpz(source: ByteSource, { limits, verify }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  const read: ReadRange = (offset, length) => source.read(offset, length)
  const isFar = source.remote !== undefined
  const zip = await readZip(source.size, read, limits, {
    caseMatters: true,
    compareLater: isFar && verify !== true,
    ...(isFar ? { tailBytes: lastFarAway } : {}),
  })
  const arrays = zip.entries
    .filter(({ name }) => name.endsWith(ending))
    .map((entry) => arrayIn(source, entry, file))
  refuseSameNames(zip.entries)
  const others = zip.entries.filter(({ name }) => !name.endsWith(ending)).map(({ name }) => name)
  const checkpoint = await assemble('npz', arrays, { name: file, bytes: source.size }, limits)
  // Reading the head of an array compares its local header; nothing else is looked at.
  const bytes = zip.headerBytes ?? 0
  const count = zip.headerBytes === null ? 0 : others.length
  return {
    ...checkpoint,
    ...(count === 0 ? {} : { unverified: [{ file, what: 'zip-local-headers' as const, count, bytes }] }),
    findings: [
      ...checkpoint.findings,
      ...(others.length === 0 ? [] : [finding('numpy/other-members', { names: others }, { file })]),
    ],
  }
}

/** numpy.load knows `a.npy` as `a` too: of `a` and `a.npy` it gives either. */
function refuseSameNames(entries: readonly ZipEntry[]): void {
  const names = new Set(entries.map(({ name }) => name))
  for (const { name, headerOffset } of entries)
    if (name.endsWith(ending) && names.has(name.slice(0, -ending.length)))
      throw new SdinspectError(
        'format/malformed',
        `the archive has both ${quoted(name)} and ${quoted(name.slice(0, -ending.length))}, which NumPy takes for one`,
        { offset: headerOffset },
      )
}

function arrayIn(source: ByteSource, entry: ZipEntry, file: string): StoredArray {
  const read: ReadRange = (offset, length) => source.read(offset, length)
  const stored = { file, offset: entry.offset, length: entry.compressedBytes }
  const chunk = entry.method === 8 ? decodedBy(stored, 'deflate', entry.bytes) : stored
  return {
    name: entry.name.slice(0, -ending.length),
    file,
    bytes: entry.bytes,
    chunk: locatable(chunk, entry, 0),
    async head(count) {
      if (entry.method !== 8) return readHeadWithHeader(entry, read, count)
      const wanted = Math.min(count, entry.bytes)
      if (wanted <= compressedHead && compressedHead < entry.compressedBytes) {
        const first = await readHeadWithHeader(entry, read, compressedHead)
        const head = inflateHead(first, wanted)
        if (head.length === wanted) return head
      }
      const first = await readHeadWithHeader(entry, read, entry.compressedBytes)
      return inflated(entry, first, wanted)
    },
  }
}

/** The first `wanted` bytes of a compressed entry whose bytes are `first`. */
async function inflated(entry: ZipEntry, first: Uint8Array, wanted: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted)
  let at = 0
  const read: ReadRange = async (offset, length) => first.subarray(offset, offset + length)
  for await (const piece of inflatePieces(read, first.length, entry.bytes)) {
    bytes.set(piece.subarray(0, wanted - at), at)
    at += Math.min(piece.length, wanted - at)
    if (at === wanted) return bytes
  }
  return bytes.subarray(0, at)
}
