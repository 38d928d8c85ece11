import { SdinspectError } from '../errors.ts'
import { type LimitName, type Limits, withinLimit } from '../limits.ts'
import { crc32 } from './crc32.ts'
import { inflateRaw } from './inflate.ts'
import { namesIn, parseDirectory, quoted, type ZipEntry, type ZipRecord } from './zip-directory.ts'
import { type ReadRange, readZipEnd, ZipTail } from './zip-end.ts'
import { localHeaderBytes, placedEntries, readLocalHeaders, readWithHeader } from './zip-local.ts'

export type { ZipEntry } from './zip-directory.ts'
export type { ReadRange } from './zip-end.ts'
export { compareLocalHeader, readHeadWithHeader } from './zip-local.ts'

// APPNOTE.TXT 6.3.10, and what torch's reader (miniz) and Python's zipfile make of it. An archive the two
// would read differently is refused: a gate must look at the bytes that the loader will use.

export interface ZipArchive {
  /** In the directory's order. */
  readonly entries: readonly ZipEntry[]
  readonly byName: ReadonlyMap<string, ZipEntry>
  /** Bytes after the end record and its comment. */
  readonly trailingBytes: number
  /** Bytes between entries that belong to none; null where the local headers have not been compared. */
  readonly strayBytes: number | null
  /** What comparing the local headers would read, in bytes; null where that has been done. */
  readonly headerBytes: number | null
}

export interface ReadZipOptions {
  /** Bytes of the end to read at once, to have the directory among them. */
  readonly tailBytes?: number
  /** Leaves each local header to be compared when its entry is read: for a file at a distance. */
  readonly compareLater?: boolean
  /** Names that differ only in the case of letters are different: for readers other than torch's. */
  readonly caseMatters?: boolean
  /** Why an archive of entries of these names is not read, whatever else is wrong with it; null where it is. */
  readonly refuse?: (names: readonly string[]) => SdinspectError | null
  /** Local headers to read at one time. */
  readonly headersAtOnce?: number
}

/**
 * Reads the directory of the archive that fills a file from its first byte, and compares every local header with it
 * unless that is left for later.
 *
 * @param size of the file, in bytes
 * @throws SdinspectError `format/*`, `limit/exceeded`
 */
export async function readZip(
  size: number,
  read: ReadRange,
  limits: Limits,
  { tailBytes, compareLater = false, caseMatters = false, refuse, headersAtOnce }: ReadZipOptions = {},
): Promise<ZipArchive> {
  const tail = await ZipTail.of(size, read, tailBytes)
  const end = await readZipEnd(size, tail, limits)
  const { directoryOffset } = end
  const directory = await tail.read(directoryOffset, end.directoryBytes)
  const refusal = refuse?.(namesIn(directory)) ?? null
  if (refusal !== null) throw refusal
  const records = parseDirectory(directory, end, limits)
  refuseSameNames(records, caseMatters)
  const placed = placedEntries(records, directoryOffset)
  const { entries, strayBytes } = compareLater
    ? { entries: placed, strayBytes: null }
    : await readLocalHeaders(placed, directoryOffset, read, headersAtOnce)
  return {
    entries,
    byName: new Map(entries.map((entry) => [entry.name, entry])),
    trailingBytes: end.trailingBytes,
    strayBytes,
    headerBytes: compareLater ? localHeaderBytes(records, directoryOffset) : null,
  }
}

/** torch's reader looks names up ignoring the case of ASCII letters: of two such names it takes either. */
function refuseSameNames(records: readonly ZipRecord[], caseMatters: boolean): void {
  const seen = new Map<string, ZipRecord>()
  for (const record of records) {
    const key = caseMatters ? record.name : record.name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    const other = seen.get(key)
    if (other !== undefined)
      throw new SdinspectError(
        'format/malformed',
        other.name === record.name
          ? `zip: duplicate entry ${quoted(record.name)}, at ${other.headerOffset} and ${record.headerOffset}`
          : `zip: entries ${quoted(other.name)} and ${quoted(record.name)} are equal ignoring case`,
        { offset: record.headerOffset },
      )
    seen.set(key, record)
  }
}

/**
 * The entry's bytes, inflated if need be.
 *
 * @param limit the limit its size is held to
 * @returns the bytes, and whether they have the checksum that the directory states
 */
export async function readZipEntry(
  entry: ZipEntry,
  read: ReadRange,
  limits: Limits,
  limit: LimitName = 'zipEntryBytes',
): Promise<{ bytes: Uint8Array; checksumFits: boolean }> {
  withinLimit(limits, limit, entry.bytes, `the size of ${quoted(entry.name)}`, entry.offset)
  if (entry.method === 8 && entry.bytes > 65_536)
    withinLimit(
      limits,
      'zipExpansion',
      Math.ceil(entry.bytes / entry.compressedBytes),
      `the expansion of ${quoted(entry.name)} from ${entry.compressedBytes} to ${entry.bytes} bytes`,
      entry.offset,
    )
  const stored = entry.isCompared
    ? await read(entry.offset, entry.compressedBytes)
    : (await readWithHeader(entry, read)).stored
  const bytes = entry.method === 8 ? inflateEntry(entry, stored) : stored
  return { bytes, checksumFits: crc32(bytes) === entry.crc32 }
}

function inflateEntry(entry: ZipEntry, stored: Uint8Array): Uint8Array {
  try {
    return inflateRaw(stored, entry.bytes)
  } catch (error) {
    if (!(error instanceof SdinspectError)) throw error
    throw new SdinspectError(error.code, `zip: entry ${quoted(entry.name)}: ${error.message}`, {
      offset: entry.offset,
      cause: error,
    })
  }
}
