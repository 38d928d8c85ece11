import { checkRange } from './memory.ts'
import type { ByteSource } from './source.ts'

/** `length` bytes of a source, from `begin`, as a source of that name. */
export function part(source: ByteSource, begin: number, length: number, name: string): ByteSource {
  return {
    name,
    size: length,
    async read(offset, count) {
      checkRange(name, length, offset, count)
      return source.read(begin + offset, count)
    },
  }
}
