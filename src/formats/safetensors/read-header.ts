import { quoted, SdinspectError } from '../../errors.ts'
import { defaultLimits, type Limits, withinLimit } from '../../limits.ts'
import type { ByteSource } from '../../source/source.ts'
import { emptyFile } from '../empty-file.ts'
import { sniff } from '../sniff.ts'
import { type Header, type HeaderOptions, lengthBytes, parseHeader } from './header.ts'
import { byteCount, cutTensor } from './layout.ts'

/** A header longer than this is looked at by its first bytes before the rest is read. */
const longHeaderBytes = 262_144
const firstBytes = 65_536

/**
 * Reads the length and the header, nothing else, and holds them against the size of the file.
 *
 * @param file the file's name within its checkpoint
 * @throws SdinspectError `format/*`, `limit/exceeded`, `source/*`
 */
export async function readHeader(source: ByteSource, limits: Limits, file: string): Promise<Header> {
  const length = await readLength(source, limits)
  if (length > longHeaderBytes)
    refuseHopeless(await source.read(lengthBytes, firstBytes), { limits, file, wholeBytes: length })
  const header = parseHeader(await source.read(lengthBytes, length), { limits, file })
  await checkSize(source, header)
  return header
}

/** The header's length in bytes: within the file and the limit. */
async function readLength(source: ByteSource, limits: Limits): Promise<number> {
  const { size } = source
  if (size === 0) throw emptyFile()
  if (size < lengthBytes)
    throw new SdinspectError(
      'format/truncated',
      `the file has ${byteCount(size)}, and a safetensors file at least ${lengthBytes}`,
      { offset: size },
    )
  const bytes = await source.read(0, lengthBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes)
  const length = view.getBigUint64(0, true)
  const left = BigInt(size - lengthBytes)
  if (length === 0n)
    throw new SdinspectError('format/malformed', 'the header length is 0, and the shortest header is "{}"', {
      offset: 0,
    })
  if (length <= left) {
    withinLimit(limits, 'headerBytes', Number(length), 'the header length', 0)
    return Number(length)
  }
  const problem = `the header length is ${length}, and the file has ${left} bytes after it`
  // Past what any header has, it is not a header that was cut off.
  if (length <= BigInt(Math.max(limits.headerBytes, defaultLimits.headerBytes)))
    throw new SdinspectError('format/truncated', problem, { offset: size, hint: redownload })
  const swapped = view.getBigUint64(0, false)
  throw new SdinspectError('format/malformed', problem, {
    offset: 0,
    ...(swapped > 0n && swapped <= left
      ? { hint: `as a big-endian number it would be ${swapped}, which fits: the format is little-endian` }
      : {}),
  })
}

const redownload = 'the file is cut off, download or copy it again'

/**
 * Refuses a header that is wrong within its first bytes before all of it, perhaps 100 MB, is read. Being cut
 * off is no fault here.
 */
function refuseHopeless(bytes: Uint8Array, options: HeaderOptions): void {
  try {
    parseHeader(bytes, options)
  } catch (error) {
    if (!(error instanceof SdinspectError) || error.code !== 'format/truncated') throw error
  }
}

/** The file must end where the last tensor does: the format has no room for anything else. */
async function checkSize(source: ByteSource, header: Header): Promise<void> {
  const end = header.dataOffset + header.dataBytes
  const { size } = source
  const cut = cutTensor(header.tensors, size)
  if (cut !== undefined)
    throw new SdinspectError(
      'format/truncated',
      `tensor ${quoted(cut.name)} ends at ${cut.end}, past the end of the file at ${size}; ${end - size} of ${end} bytes are missing`,
      { offset: size, tensor: cut.name, hint: redownload },
    )
  if (end === size) return
  const extra = size - end
  const head = await source.read(end, Math.min(extra, 512))
  const looks = sniff(head)
  throw new SdinspectError(
    'format/malformed',
    `${byteCount(extra)} from ${end} to the end of the file belong to no tensor${looks === null ? '' : `; they look like ${looks.title}`}`,
    { offset: end },
  )
}
