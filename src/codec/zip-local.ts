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
 * Compares each local header and data descriptor with the directory, and finds where the data are: only the
 * local header knows. Entries are given back in the order of `records`.
 *
 * @param directoryOffset where the last entry has to end
 */
export async function readLocalHeaders(
  records: readonly ZipRecord[],
  directoryOffset: number,
  read: ReadRange,
): Promise<{ entries: ZipEntry[]; strayBytes: number }> {
  const sorted = [...records].sort((a, b) => a.headerOffset - b.headerOffset)
  const first = sorted[0]
  if (first !== undefined && first.headerOffset > 0)
    throw malformed(`${first.headerOffset} bytes of data before the archive`, 0)
  refuseOverlaps(sorted)
  const found = new Map<ZipRecord, ZipEntry>()
  const windows = planWindows(sorted, directoryOffset)
  let strayBytes = 0
  let previous: ZipEntry | undefined
  for (let i = 0; i < windows.length; i += readsAtOnce) {
    const batch = windows.slice(i, i + readsAtOnce)
    const chunks = await Promise.all(batch.map((window) => read(window.offset, window.length)))
    batch.forEach((window, j) => {
      const chunk = chunks[j] as Uint8Array
      for (let k = window.begin; k < window.end; k++) {
        const record = sorted[k]
        const at = record?.headerOffset ?? directoryOffset
        if (previous !== undefined)
          strayBytes += checkEnd(previous, at, chunk.subarray(0, at - window.offset))
        if (record === undefined) continue
        previous = compare(record, chunk.subarray(at - window.offset))
        found.set(record, previous)
      }
    })
  }
  return { entries: records.map((record) => found.get(record) as ZipEntry), strayBytes }
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

function compare(record: ZipRecord, bytes: Uint8Array): ZipEntry {
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
  return { ...record, offset: at + headerBytes + nameBytes + view.getUint16(28, true) }
}

/**
 * Checks that an entry ends before `next`, with a data descriptor that fits if it announces one. `before` are
 * the bytes up to `next`.
 *
 * @returns how many bytes between the two belong to neither
 */
function checkEnd(entry: ZipEntry, next: number, before: Uint8Array): number {
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
