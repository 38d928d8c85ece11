import type { ByteSource } from './source.ts'

/**
 * The same source, for whoever reads it from front to back a little at a time: what is read is a window of `bytes`, which is kept until
 * something beyond it is asked for. One request in place of many, at a distance.
 */
export function windowed(source: ByteSource, bytes: number): ByteSource {
  let begin = 0
  let kept: Uint8Array = new Uint8Array()
  return {
    ...source,
    async read(offset, length, options) {
      const end = offset + length
      const isApart = offset < 0 || length <= 0 || length >= bytes || end > source.size
      if (isApart) return source.read(offset, length, options)
      if (offset < begin || end > begin + kept.length) {
        const window = await source.read(offset, Math.min(bytes, source.size - offset), options)
        begin = offset
        kept = window
        return window.subarray(0, length)
      }
      return kept.subarray(offset - begin, end - begin)
    },
  }
}
