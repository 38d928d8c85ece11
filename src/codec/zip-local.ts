import { SdinspectError } from '../errors.ts'
import { descriptorFlag, quoted, type ZipEntry, type ZipRecord } from './zip-directory.ts'
import { type ReadRange, safeU64, viewOf } from './zip-end.ts'

const headerBytes = 30
/** The longest data descriptor: signature, checksum, two 8-byte sizes. */
const descriptorBytes = 24
/** Headers closer than this are read in one go. */
const gapBytes = 4_096
const windowBytes = 1_048_576
const readsAtOnce = 16
/** Windows that are held at once, in bytes. */
const atOnceBytes = 16_777_216
/** What a local header may have before its data that the directory does not tell. torch pads to 64 bytes. */
const extraBytes = 256

function malformed(message: string, offset: number): SdinspectError {
  return new SdinspectError('format/malformed', `zip: ${message}`, { offset })
}

/** One read that covers the local headers of `records[begin..end)` and what stands right before each. */
interface Window {
  readonly offset: number
  length: number
  readonly begin: number
  end: number
}

/**
 * Where the entries are by the directory alone. What the local headers say is still to be compared.
 *
 * @param directoryOffset where the last entry has to end
 */
export function placedEntries(records: readonly ZipRecord[], directoryOffset: number): ZipEntry[] {
  const sorted = inFileOrder(records)
  const next = new Map(
    sorted.map((record, i) => [record, sorted[i + 1]?.headerOffset ?? directoryOffset] as const),
  )
  return records.map((record) => ({
    ...record,
    offset: record.headerOffset + headerBytes + record.rawName.length,
    next: next.get(record) as number,
    isCompared: false,
  }))
}

/** By place, and refused where two overlap or something stands before the first. */
function inFileOrder<R extends ZipRecord>(records: readonly R[]): R[] {
  const sorted = [...records].sort((a, b) => a.headerOffset - b.headerOffset)
  const first = sorted[0]
  if (first !== undefined && first.headerOffset > 0)
    throw malformed(`${first.headerOffset} bytes of data before the archive`, 0)
  refuseOverlaps(sorted)
  return sorted
}

/** How many bytes {@link readLocalHeaders} reads. */
export function localHeaderBytes(records: readonly ZipRecord[], directoryOffset: number): number {
  return planWindows(inFileOrder(records), directoryOffset).reduce((sum, { length }) => sum + length, 0)
}

/**
 * Compares each local header and data descriptor with the directory, and finds where the data are: only the
 * local header knows. Entries are given back in the order they came in.
 *
 * @param directoryOffset where the last entry has to end
 * @param atOnce reads at one time: at a distance more of them make fewer rounds
 */
export async function readLocalHeaders(
  placed: readonly ZipEntry[],
  directoryOffset: number,
  read: ReadRange,
  atOnce = readsAtOnce,
): Promise<{ entries: ZipEntry[]; strayBytes: number }> {
  const sorted = inFileOrder(placed)
  const found = new Map<ZipEntry, ZipEntry>()
  let strayBytes = 0
  let previous: ZipEntry | undefined
  for (const batch of batches(planWindows(sorted, directoryOffset), atOnce)) {
    const chunks = await Promise.all(batch.map((window) => read(window.offset, window.length)))
    batch.forEach((window, j) => {
      const chunk = chunks[j] as Uint8Array
      for (let k = window.begin; k < window.end; k++) {
        const entry = sorted[k]
        const at = entry?.headerOffset ?? directoryOffset
        if (previous !== undefined) strayBytes += checkEnd(previous, chunk.subarray(0, at - window.offset))
        if (entry === undefined) continue
        previous = compare(entry, chunk.subarray(at - window.offset))
        found.set(entry, previous)
      }
    })
  }
  return { entries: placed.map((entry) => found.get(entry) as ZipEntry), strayBytes }
}

function* batches(windows: readonly Window[], atOnce: number): Generator<readonly Window[]> {
  let batch: Window[] = []
  let bytes = 0
  for (const window of windows) {
    if (batch.length === atOnce || (batch.length > 0 && bytes + window.length > atOnceBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(window)
    bytes += window.length
  }
  if (batch.length > 0) yield batch
}

/**
 * Compares the local header of one entry, and its descriptor if it has one, with the directory.
 *
 * @returns the entry with its true place
 */
export async function compareLocalHeader(placed: ZipEntry, read: ReadRange): Promise<ZipEntry> {
  const { headerOffset, next } = placed
  const length = headerBytes + placed.rawName.length
  const lastBytes =
    (placed.flags & descriptorFlag) === 0 ? 0 : Math.min(descriptorBytes, next - headerOffset - length)
  const [header, last] = await Promise.all([
    read(headerOffset, length),
    lastBytes === 0 ? new Uint8Array() : read(next - lastBytes, lastBytes),
  ])
  const entry = compare(placed, header)
  checkEnd(entry, last)
  return entry
}

/**
 * The stored bytes of an entry together with its local header, compared with the directory as they come.
 *
 * @returns the entry, now with its true place, and its (compressed) bytes
 */
export async function readWithHeader(
  placed: ZipEntry,
  read: ReadRange,
): Promise<{ entry: ZipEntry; stored: Uint8Array }> {
  const { headerOffset, next, compressedBytes } = placed
  const most = Math.min(
    next - headerOffset,
    headerBytes + placed.rawName.length + extraBytes + compressedBytes,
  )
  const bytes = await read(headerOffset, most)
  const entry = compare(placed, bytes)
  // With its descriptor, where it has one.
  const end = Math.min(next, entry.offset + compressedBytes + descriptorBytes)
  const whole =
    end <= headerOffset + most
      ? bytes
      : joined(bytes, await read(headerOffset + most, end - headerOffset - most))
  checkEnd(entry, end < next ? new Uint8Array() : whole.subarray(0, next - headerOffset))
  const begin = entry.offset - headerOffset
  return { entry, stored: whole.subarray(begin, begin + compressedBytes) }
}

/**
 * The first bytes of a stored entry together with its local header, which is compared with the directory. A data
 * descriptor is not.
 */
export async function readHeadWithHeader(
  placed: ZipEntry,
  read: ReadRange,
  count: number,
): Promise<Uint8Array> {
  const { headerOffset, next, compressedBytes } = placed
  const length = Math.min(count, compressedBytes)
  if (placed.isCompared) return read(placed.offset, length)
  const most = Math.min(next - headerOffset, headerBytes + placed.rawName.length + extraBytes + length)
  const bytes = await read(headerOffset, most)
  const entry = compare(placed, bytes)
  const end = entry.offset + compressedBytes
  if (end > next)
    throw malformed(
      `entry ${quoted(entry.name)} ends at ${end}, past the start of what follows at ${next}`,
      headerOffset,
    )
  const begin = entry.offset - headerOffset
  return begin + length <= most ? bytes.subarray(begin, begin + length) : read(entry.offset, length)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

function refuseOverlaps(sorted: readonly ZipRecord[]): void {
  for (let i = 1; i < sorted.length; i++) {
    const record = sorted[i] as ZipRecord
    const before = sorted[i - 1] as ZipRecord
    const end = before.headerOffset + headerBytes + before.rawName.length + before.compressedBytes
    if (end > record.headerOffset)
      throw malformed(
        `entries overlap: ${quoted(before.name)} ends at ${end} or later, ${quoted(record.name)} starts at ${record.headerOffset}`,
        record.headerOffset,
      )
  }
}

/** The last window reaches the directory, for the descriptor of the last entry: it has no record of its own. */
function planWindows(sorted: readonly ZipRecord[], directoryOffset: number): Window[] {
  const windows: Window[] = []
  let current: Window | undefined
  let previousEnd = 0
  for (let index = 0; index <= sorted.length; index++) {
    const record = sorted[index]
    const at = record?.headerOffset ?? directoryOffset
    const begin = Math.max(previousEnd, at - descriptorBytes)
    const end = record === undefined ? at : at + headerBytes + record.rawName.length
    if (
      current !== undefined &&
      begin - (current.offset + current.length) <= gapBytes &&
      end - current.offset <= windowBytes
    ) {
      current.length = end - current.offset
      current.end = index + 1
    } else {
      current = { offset: begin, length: end - begin, begin: index, end: index + 1 }
      windows.push(current)
    }
    previousEnd = end
  }
  return windows
}

function compare(record: ZipEntry, bytes: Uint8Array): ZipEntry {
  const view = viewOf(bytes)
  const at = record.headerOffset
  const place = `entry ${quoted(record.name)}`
  if (view.getUint32(0, true) !== 0x04034b50) throw malformed(`no local header of ${place} at ${at}`, at)
  const nameBytes = view.getUint16(26, true)
  const name = bytes.subarray(headerBytes, headerBytes + record.rawName.length)
  if (nameBytes !== record.rawName.length || name.some((byte, i) => byte !== record.rawName[i]))
    throw malformed(
      `the local header at ${at} has another name than the directory, ${quoted(record.name)}`,
      at,
    )
  const flags = view.getUint16(6, true)
  const method = view.getUint16(8, true)
  if (flags !== record.flags || method !== record.method)
    throw malformed(
      `${place} has flags 0x${flags.toString(16)} and method ${method} in its local header, ` +
        `0x${record.flags.toString(16)} and ${record.method} in the directory`,
      at,
    )
  const later = (flags & descriptorFlag) !== 0
  const agrees = (local: number, central: number, saturated: number) =>
    local === central || local === saturated || (later && local === 0)
  if (
    !agrees(view.getUint32(14, true), record.crc32, record.crc32) ||
    !agrees(view.getUint32(18, true), record.compressedBytes, 0xffffffff) ||
    !agrees(view.getUint32(22, true), record.bytes, 0xffffffff)
  )
    throw malformed(`${place} has other sizes or another checksum in its local header at ${at}`, at)
  return { ...record, offset: at + headerBytes + nameBytes + view.getUint16(28, true), isCompared: true }
}

/**
 * Checks that an entry ends before the next, with a data descriptor that fits if it announces one. `before` are
 * the bytes up to there.
 *
 * @returns how many bytes between the two belong to neither
 */
function checkEnd(entry: ZipEntry, before: Uint8Array): number {
  const { next } = entry
  const end = entry.offset + entry.compressedBytes
  const rest = next - end
  const place = `entry ${quoted(entry.name)}`
  if (rest < 0)
    throw malformed(`${place} ends at ${end}, past the start of what follows at ${next}`, entry.headerOffset)
  if ((entry.flags & descriptorFlag) === 0) return rest
  if (![12, 16, 20, 24].includes(rest) || rest > before.length)
    throw malformed(`${place} has ${rest} bytes after it and announces a data descriptor`, end)
  const view = viewOf(before.subarray(before.length - rest))
  const signature = rest === 16 || rest === 24 ? 4 : 0
  const wide = rest >= 20
  const size = (at: number) => (wide ? safeU64(view, at, place) : view.getUint32(at, true))
  if (
    (signature === 4 && view.getUint32(0, true) !== 0x08074b50) ||
    view.getUint32(signature, true) !== entry.crc32 ||
    size(signature + 4) !== entry.compressedBytes ||
    size(signature + (wide ? 12 : 8)) !== entry.bytes
  )
    throw malformed(`the data descriptor of ${place} at ${end} and the directory disagree`, end)
  return 0
}
