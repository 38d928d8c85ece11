import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import { crc32 } from './crc32.ts'
import { safeU64, viewOf, type ZipEnd } from './zip-end.ts'

/** An entry as the central directory has it. */
export interface ZipRecord {
  readonly name: string
  /** The name as it stands in the file, to compare the local header's with. */
  readonly rawName: Uint8Array
  /** 0: stored, 8: deflated. No other gets here. */
  readonly method: 0 | 8
  readonly flags: number
  readonly crc32: number
  readonly compressedBytes: number
  readonly bytes: number
  /** Of the local header. */
  readonly headerOffset: number
}

/** An entry with its place in the file. */
export interface ZipEntry extends ZipRecord {
  /**
   * Of the first byte of its (compressed) data, absolute in the file; where it would be if the local header had no
   * extra field, as long as that has not been compared with the directory.
   */
  readonly offset: number
  /** Of the next local header, or of the directory. */
  readonly next: number
  readonly isCompared: boolean
}

/** An entry whose sizes are written after its data. */
export const descriptorFlag = 0x0008
const utf8Flag = 0x0800
/** Encrypted, patched, strongly encrypted, masked headers. */
const refusedFlags = 0x0001 | 0x0020 | 0x0040 | 0x2000
/** Deflate cannot do better: 258 bytes from two bits. */
const deflateExpansion = 1_032

function malformed(message: string, offset: number, hint?: string): SdinspectError {
  return new SdinspectError('format/malformed', `zip: ${message}`, { offset, hint })
}

/** A name as it may be quoted in a message. */
export function quoted(name: string): string {
  return `"${name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`}"`
}

/** What the entries of a directory seem to be called, as far as it can be followed. Nothing else of them is looked at. */
export function namesIn(bytes: Uint8Array): readonly string[] {
  const view = viewOf(bytes)
  const names: string[] = []
  for (let at = 0; at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50; ) {
    const length = view.getUint16(at + 28, true)
    names.push(lenient.decode(bytes.subarray(at + 46, at + 46 + length)))
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return names
}

const lenient = new TextDecoder()

/** The entries, in the directory's order. `bytes` is the whole directory. */
export function parseDirectory(bytes: Uint8Array, end: ZipEnd, limits: Limits): ZipRecord[] {
  const view = viewOf(bytes)
  const records: ZipRecord[] = []
  let at = 0
  for (let index = 0; index < end.entries; index++) {
    const offset = end.directoryOffset + at
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw malformed(`no directory record ${index} of ${end.entries} at ${offset}`, offset)
    const nameBytes = view.getUint16(at + 28, true)
    const extraBytes = view.getUint16(at + 30, true)
    const length = 46 + nameBytes + extraBytes + view.getUint16(at + 32, true)
    if (at + length > bytes.length)
      throw malformed(
        `directory record ${index} at ${offset} ends past the directory, ${bytes.length} bytes`,
        offset,
      )
    withinLimit(limits, 'zipNameBytes', nameBytes, 'the length of an entry name', offset)
    records.push(record(bytes.subarray(at, at + length), nameBytes, extraBytes, offset, end))
    at += length
  }
  if (at !== bytes.length)
    throw malformed(
      `the directory of ${end.entries} entries ends at ${end.directoryOffset + at}, and its end record says ` +
        `${end.directoryOffset + bytes.length}`,
      end.directoryOffset + at,
    )
  return records
}

function record(
  bytes: Uint8Array,
  nameBytes: number,
  extraBytes: number,
  offset: number,
  end: ZipEnd,
): ZipRecord {
  const view = viewOf(bytes)
  const rawName = bytes.subarray(46, 46 + nameBytes)
  const flags = view.getUint16(8, true)
  const extra = bytes.subarray(46 + nameBytes, 46 + nameBytes + extraBytes)
  const name = entryName(rawName, (flags & utf8Flag) !== 0, extra, offset)
  const place = `entry ${quoted(name)}`
  if ((flags & refusedFlags) !== 0)
    throw malformed(
      `${place} is encrypted or patched (flags 0x${flags.toString(16)})`,
      offset,
      (flags & 1) === 0 ? undefined : 'unpack it with its password, and save it without one',
    )
  const method = view.getUint16(10, true)
  if (method !== 0 && method !== 8)
    throw malformed(
      `${place} has compression method ${method}, and torch reads 0 (stored) and 8 (deflated)`,
      offset,
    )
  const wide = extra64(view, extra, place, offset)
  if (wide.disk !== 0) throw malformed(`${place} is on disk ${wide.disk}`, offset)
  const { bytes: size, compressedBytes, headerOffset } = wide
  if (method === 0 && size !== compressedBytes)
    throw malformed(`${place} is stored, and its sizes are ${compressedBytes} and ${size}`, offset)
  if (method === 8 && size > deflateExpansion * compressedBytes)
    throw malformed(`${place} has ${compressedBytes} bytes that cannot expand to ${size}`, offset)
  if (headerOffset + 30 + nameBytes + compressedBytes > end.directoryOffset)
    throw malformed(
      `${place} of ${compressedBytes} bytes at ${headerOffset} ends past the directory at ${end.directoryOffset}`,
      offset,
    )
  return {
    name,
    rawName,
    method,
    flags,
    crc32: view.getUint32(16, true),
    compressedBytes,
    bytes: size,
    headerOffset,
  }
}

/** Sizes and place of an entry, from the zip64 field where the record's own are saturated. */
function extra64(view: DataView, extra: Uint8Array, place: string, offset: number) {
  const field = extraField(extra, 0x0001, place, offset)
  const wide = field === undefined ? undefined : viewOf(field)
  let at = 0
  const widened = (small: number, saturated: number, width: 4 | 8): number => {
    if (small !== saturated) return small
    if (wide === undefined || at + width > wide.byteLength) {
      if (width === 4) return small
      throw malformed(`${place} needs a zip64 field and has none`, offset)
    }
    const value = width === 8 ? safeU64(wide, at, place) : wide.getUint32(at, true)
    at += width
    return value
  }
  const bytes = widened(view.getUint32(24, true), 0xffffffff, 8)
  const compressedBytes = widened(view.getUint32(20, true), 0xffffffff, 8)
  const headerOffset = widened(view.getUint32(42, true), 0xffffffff, 8)
  const disk = widened(view.getUint16(34, true), 0xffff, 4)
  return { bytes, compressedBytes, headerOffset, disk }
}

/** The first extra field of an id. */
function extraField(extra: Uint8Array, id: number, place: string, offset: number): Uint8Array | undefined {
  const view = viewOf(extra)
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true)
    if (at + 4 + length > extra.length) throw malformed(`${place} has an extra field that is cut off`, offset)
    if (view.getUint16(at, true) === id) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

/**
 * The name in Unicode. Readers differ on which of three rules they follow (code page 437, the UTF-8 flag, the
 * Info-ZIP Unicode path field), so a name they would read differently is refused.
 */
function entryName(raw: Uint8Array, isUtf8: boolean, extra: Uint8Array, offset: number): string {
  let name: string
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    if (isUtf8) throw malformed(`the entry name at ${offset + 46} is not UTF-8`, offset)
    name = String.fromCharCode(...raw)
  }
  const unicode = extraField(extra, 0x7075, `entry ${quoted(name)}`, offset)
  if (unicode !== undefined && unicode.length >= 5) {
    const path = unicode.subarray(5)
    const applies = viewOf(unicode).getUint32(1, true) === crc32(raw)
    if (!applies || path.length !== raw.length || path.some((byte, i) => byte !== raw[i]))
      throw malformed(`entry ${quoted(name)} has another name in its Unicode path field`, offset)
  }
  const problem = nameProblem(name)
  if (problem !== undefined) throw malformed(`entry ${quoted(name)} ${problem}`, offset)
  return name
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'has no name'
  if (name.includes('\0')) return 'has a NUL in its name'
  if (name.includes('\\')) return 'has a backslash in its name'
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'has an absolute path'
  if (name.split('/').some((segment) => segment === '..' || segment === '.')) return 'leads out of its folder'
  return undefined
}
