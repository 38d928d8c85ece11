import { SdinspectError } from '../errors.ts'
import { type LimitName, type Limits, withinLimit } from '../limits.ts'
import { crc32 } from './crc32.ts'
import { inflateRaw } from './inflate.ts'
import { parseDirectory, quoted, type ZipEntry, type ZipRecord } from './zip-directory.ts'
import { type ReadRange, readZipEnd } from './zip-end.ts'
import { readLocalHeaders } from './zip-local.ts'

export type { ZipEntry } from './zip-directory.ts'
export type { ReadRange } from './zip-end.ts'

// APPNOTE.TXT 6.3.10, and what torch's reader (miniz) and Python's zipfile make of it. An archive the two
// would read differently is refused: a gate must look at the bytes that the loader will use.

export interface ZipArchive {
  /** In the directory's order. */
  readonly entries: readonly ZipEntry[]
  readonly byName: ReadonlyMap<string, ZipEntry>
  /** Bytes after the end record and its comment. */
  readonly trailingBytes: number
  /** Bytes between entries that belong to none. */
  readonly strayBytes: number
}

/**
 * Reads the directory of the archive that fills a file from its first byte, and compares every local header with it.
 *
 * @param size of the file, in bytes
 * @throws SdinspectError `format/*`, `limit/exceeded`
 */
export async function readZip(size: number, read: ReadRange, limits: Limits): Promise<ZipArchive> {
  const end = await readZipEnd(size, read, limits)
  const records = parseDirectory(await read(end.directoryOffset, end.directoryBytes), end, limits)
  refuseSameNames(records)
  const { entries, strayBytes } = await readLocalHeaders(records, end.directoryOffset, read)
  return {
    entries,
    byName: new Map(entries.map((entry) => [entry.name, entry])),
    trailingBytes: end.trailingBytes,
    strayBytes,
  }
}

/** torch's reader looks names up ignoring the case of ASCII letters: of two such names it takes either. */
function refuseSameNames(records: readonly ZipRecord[]): void {
  const seen = new Map<string, ZipRecord>()
  for (const record of records) {
    const key = record.name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
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
  const stored = await read(entry.offset, entry.compressedBytes)
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
