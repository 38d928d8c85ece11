import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'

/** Reads exactly `length` bytes at `offset`, or rejects. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>

/** Where the central directory is, and what the archive leaves after its end. */
export interface ZipEnd {
  readonly entries: number
  readonly directoryOffset: number
  readonly directoryBytes: number
  /** After the end record and its comment. */
  readonly trailingBytes: number
}

const endBytes = 22
const locatorBytes = 20
const record64Bytes = 56
const commentBytes = 65_535

/** A little-endian 64-bit number, which has to be one that a double holds. */
export function safeU64(view: DataView, at: number, what: string): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
  if (Number.isSafeInteger(value)) return value
  throw new SdinspectError('format/malformed', `zip: ${what} is over 2^53`)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function malformed(message: string, offset?: number): SdinspectError {
  return new SdinspectError('format/malformed', `zip: ${message}`, { offset })
}

/** The end of a file, read once: what of a range is in it is not read again. */
export class ZipTail {
  readonly offset: number
  readonly #bytes: Uint8Array
  readonly #read: ReadRange

  private constructor(offset: number, bytes: Uint8Array, read: ReadRange) {
    this.offset = offset
    this.#bytes = bytes
    this.#read = read
  }

  /** @param wanted bytes, and never less than an end record may take with its comment */
  static async of(size: number, read: ReadRange, wanted = 0): Promise<ZipTail> {
    const length = Math.min(size, Math.max(endBytes + commentBytes, wanted))
    return new ZipTail(size - length, await read(size - length, length), read)
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = offset + length
    if (offset >= this.offset) return this.#bytes.subarray(offset - this.offset, end - this.offset)
    if (end <= this.offset) return this.#read(offset, length)
    const before = await this.#read(offset, this.offset - offset)
    const bytes = new Uint8Array(length)
    bytes.set(before)
    bytes.set(this.#bytes.subarray(0, end - this.offset), before.length)
    return bytes
  }
}

/**
 * Finds the end record. Readers search for it backwards through a comment that may hold anything, so two
 * readers can find two: the last one is taken, as torch and Python do, and refused when another fits too.
 *
 * @throws SdinspectError `format/truncated` when there is none, `format/malformed`, `limit/exceeded`
 */
export async function readZipEnd(size: number, tail: ZipTail, limits: Limits): Promise<ZipEnd> {
  const { bytes, offset: tailOffset } = tail
  const view = viewOf(bytes)
  const searched = Math.min(bytes.length, endBytes + commentBytes)
  const found: number[] = []
  for (let at = bytes.length - endBytes; at >= bytes.length - searched; at--)
    if (bytes[at] === 0x50 && view.getUint32(at, true) === 0x06054b50) found.push(at)
  const last = found[0]
  if (last === undefined)
    throw new SdinspectError(
      'format/truncated',
      `zip: no end record in the last ${searched} bytes of the file, which ends at ${size}`,
      { offset: size - searched, hint: 'the file was probably cut off while it was copied; fetch it again' },
    )
  for (const at of found)
    if (at < last && at + endBytes + view.getUint16(at + 20, true) > last)
      throw malformed(
        `ambiguous end record: one at ${tailOffset + at} has another at ${tailOffset + last} in its comment`,
        tailOffset + at,
      )
  const end = await readEndRecord(view, last, tail)
  const commentEnd = tailOffset + last + endBytes + view.getUint16(last + 20, true)
  if (commentEnd > size)
    throw malformed(
      `the comment ends at ${commentEnd}, past the end of the file at ${size}`,
      tailOffset + last,
    )
  withinLimit(limits, 'zipEntries', end.entries, 'the number of zip entries')
  withinLimit(limits, 'zipDirectoryBytes', end.directoryBytes, 'the size of the zip directory')
  return { ...end, trailingBytes: size - commentEnd }
}

async function readEndRecord(
  view: DataView,
  at: number,
  tail: ZipTail,
): Promise<Omit<ZipEnd, 'trailingBytes'>> {
  const offset = tail.offset + at
  const disk = view.getUint16(at + 4, true)
  const directoryDisk = view.getUint16(at + 6, true)
  let entries = view.getUint16(at + 10, true)
  let directoryBytes = view.getUint32(at + 12, true)
  let directoryOffset = view.getUint32(at + 16, true)
  const oneDisk = (value: number) => value === 0 || value === 0xffff
  if (!oneDisk(disk) || !oneDisk(directoryDisk) || view.getUint16(at + 8, true) !== entries)
    throw malformed(
      `part of an archive of several disks (disk ${disk}, directory on ${directoryDisk})`,
      offset,
    )
  let expectedEnd = offset
  if (offset >= locatorBytes) {
    const locator = viewOf(await tail.read(offset - locatorBytes, locatorBytes))
    if (locator.getUint32(0, true) === 0x07064b50) {
      const large = await readRecord64(locator, offset - locatorBytes, tail)
      const agrees = (small: number, full: number, saturated: number) => small === saturated || small === full
      if (
        !agrees(entries, large.entries, 0xffff) ||
        !agrees(directoryBytes, large.directoryBytes, 0xffffffff) ||
        !agrees(directoryOffset, large.directoryOffset, 0xffffffff)
      )
        throw malformed('the zip64 end record and the end record disagree', large.offset)
      ;({ entries, directoryBytes, directoryOffset } = large)
      expectedEnd = large.offset
    }
  }
  if (directoryOffset + directoryBytes > expectedEnd)
    throw malformed(
      `the directory of ${directoryBytes} bytes at ${directoryOffset} runs past its end record at ${expectedEnd}`,
      offset,
    )
  if (directoryOffset + directoryBytes < expectedEnd)
    throw malformed(
      `the directory ends at ${directoryOffset + directoryBytes} and its end record is at ${expectedEnd}: ` +
        `data before the archive or inside it`,
      offset,
    )
  return { entries, directoryBytes, directoryOffset }
}

async function readRecord64(locator: DataView, locatorOffset: number, tail: ZipTail) {
  const offset = safeU64(locator, 8, 'the place of the zip64 end record')
  if (locator.getUint32(4, true) !== 0 || locator.getUint32(16, true) > 1)
    throw malformed('part of an archive of several disks', locatorOffset)
  if (offset + record64Bytes > locatorOffset)
    throw malformed(
      `the zip64 end record at ${offset} runs past its locator at ${locatorOffset}`,
      locatorOffset,
    )
  const record = viewOf(await tail.read(offset, record64Bytes))
  if (record.getUint32(0, true) !== 0x06064b50)
    throw malformed(`no zip64 end record at ${offset}, where its locator points`, locatorOffset)
  if (offset + 12 + safeU64(record, 4, 'the zip64 end record') !== locatorOffset)
    throw malformed(`the zip64 end record at ${offset} does not end at its locator, ${locatorOffset}`, offset)
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0)
    throw malformed('part of an archive of several disks', offset)
  const entries = safeU64(record, 32, 'the number of entries')
  if (safeU64(record, 24, 'the number of entries') !== entries)
    throw malformed('part of an archive of several disks', offset)
  return {
    offset,
    entries,
    directoryBytes: safeU64(record, 40, 'the size of the directory'),
    directoryOffset: safeU64(record, 48, 'the place of the directory'),
  }
}
