import { compareLocalHeader, type ZipEntry } from '../codec/zip.ts'
import type { Chunk } from '../model/values/chunk.ts'
import { checkRange } from '../source/memory.ts'
import type { ByteSource } from '../source/source.ts'

/** The bytes of a stored entry of a zip archive as a source. */
export function entrySource(archive: ByteSource, entry: ZipEntry, name: string): ByteSource {
  const label = `${archive.name}: ${name}`
  const place = finder(entry)
  return {
    name: label,
    size: entry.bytes,
    ...(archive.remote === undefined ? {} : { remote: true }),
    async read(offset, length, options) {
      checkRange(label, entry.bytes, offset, length)
      const begin = await place((at, bytes) => archive.read(at, bytes, options))
      return archive.read(begin + offset, length, options)
    },
  }
}

/**
 * A chunk of an entry that finds its true place when its bytes are wanted, where that is still to be done.
 *
 * @param archiveOffset of the archive, in the file of the chunk
 */
export function locatable(chunk: Chunk, entry: ZipEntry, archiveOffset: number): Chunk {
  if (entry.isCompared) return chunk
  const place = finder(entry)
  return {
    ...chunk,
    locate: async (read) => (await place((at, length) => read(archiveOffset + at, length))) - entry.offset,
  }
}

/** Where the bytes of an entry begin. Its local header is read once, and again only if that failed. */
function finder(entry: ZipEntry): (read: Parameters<typeof compareLocalHeader>[1]) => Promise<number> {
  let found: Promise<ZipEntry> | undefined = entry.isCompared ? Promise.resolve(entry) : undefined
  return async (read) => {
    if (found === undefined) {
      found = compareLocalHeader(entry, read)
      found.catch(() => {
        found = undefined
      })
    }
    return (await found).offset
  }
}
