import type { ByteSource } from './source.ts'

/** Bytes of files that never change under their key, kept between runs. What it gives is checked by whoever keeps it. */
export interface RangeStore {
  /** What was put, or null. */
  get(key: string): Promise<Uint8Array | null>
  /** Whether it works is nobody's concern. */
  put(key: string, bytes: Uint8Array): Promise<void>
}

/** What no other contents of a file share. */
export type FileKey = Readonly<Record<string, string>>

/** Headers are smaller. Values are not kept. */
const mostBytes = 16_777_216

/** The same source, with each range looked for in the store before it is asked for. */
export function stored(source: ByteSource, file: FileKey, store: RangeStore): ByteSource {
  return {
    ...source,
    async read(offset, length, options) {
      if (length === 0 || length > mostBytes) return source.read(offset, length, options)
      const key = JSON.stringify({ ...file, size: source.size, offset, length })
      const kept = await store.get(key)
      if (kept?.length === length) return kept
      const bytes = await source.read(offset, length, options)
      await store.put(key, bytes)
      return bytes
    },
  }
}
