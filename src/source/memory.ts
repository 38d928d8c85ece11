import { SdinspectError } from '../errors.ts'
import type { ByteSource } from './source.ts'

/** A source over bytes already in memory. What `read` gives is a view, not a copy. */
export function memorySource(bytes: Uint8Array, name = '(memory)'): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      checkRange(name, bytes.length, offset, length)
      return bytes.subarray(offset, offset + length)
    },
  }
}

/** Refuses a range that is not inside `size`: the first half of the exact-read contract. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
    return
  throw new SdinspectError(
    'format/truncated',
    `${length} bytes at ${offset} were to be read, and the file ends at ${size}`,
    { file: name, offset },
  )
}
