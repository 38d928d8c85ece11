import { inflatePieces } from '../codec/inflate.ts'
import { type ReadRange, readZip, type ZipEntry } from '../codec/zip.ts'
import type { Limits } from '../limits.ts'
import type { ByteSource } from '../source/source.ts'

const pieceBytes = 4 << 20
const zipMagic = [0x50, 0x4b, 0x03, 0x04]

/** A running CRC-32, as `zlib.crc32` of Node is: of what came before, and the bytes that follow. */
export type Crc32 = (bytes: Uint8Array, before: number) => number

/**
 * The entries of a zip archive whose bytes do not have the checksum that the archive states: torch does not compare
 * them, and Python's `zipfile.testzip` names the first. Nothing where the file is no archive; null where it states no checksums:
 * torch writes 0 for every entry after `set_crc32_options(False)`, and never for one alone.
 *
 * @throws SdinspectError `format/*` when a compressed entry is none, `source/*`
 */
export async function badChecksums(
  source: ByteSource,
  limits: Limits,
  crc32: Crc32,
): Promise<readonly string[] | null> {
  const read: ReadRange = (offset, length) => source.read(offset, length)
  if (source.size < zipMagic.length) return []
  const head = await read(0, zipMagic.length)
  if (!zipMagic.every((byte, at) => head[at] === byte)) return []
  const { entries } = await readZip(source.size, read, limits, { caseMatters: true })
  const filled = entries.filter(({ bytes }) => bytes > 0)
  if (filled.length > 0 && filled.every((entry) => entry.crc32 === 0)) return null
  const bad: string[] = []
  for (const entry of entries) {
    let sum = 0
    for await (const piece of piecesOf(entry, read)) sum = crc32(piece, sum)
    if (sum !== entry.crc32) bad.push(entry.name)
  }
  return bad
}

async function* piecesOf(entry: ZipEntry, read: ReadRange): AsyncGenerator<Uint8Array> {
  const inside: ReadRange = (offset, length) => read(entry.offset + offset, length)
  if (entry.method === 8) yield* inflatePieces(inside, entry.compressedBytes, entry.bytes)
  else
    for (let at = 0; at < entry.bytes; at += pieceBytes)
      yield await inside(at, Math.min(pieceBytes, entry.bytes - at))
}
