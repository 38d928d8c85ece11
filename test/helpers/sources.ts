import { SdinspectError } from '../../src/errors.ts'
import { memorySource } from '../../src/source/memory.ts'
import type { ByteSource, Place } from '../../src/source/source.ts'

/** Counts reads over all sources of a place, and fails the one whose turn it is. */
export class Faults {
  reads = 0
  opened = 0
  closed = 0
  private readonly failAt: number
  constructor(failAt = -1) {
    this.failAt = failAt
  }

  /** The same source, failing at the k-th read of all. */
  source(inner: ByteSource): ByteSource {
    this.opened++
    return {
      name: inner.name,
      size: inner.size,
      read: async (offset, length) => {
        if (this.reads++ === this.failAt)
          throw new SdinspectError('source/io', 'injected', { file: inner.name })
        return inner.read(offset, length)
      },
      close: async () => {
        this.closed++
        await inner.close?.()
      },
    }
  }

  place(inner: Place): Place {
    return { ...inner, open: async (name) => this.source(await inner.open(name)) }
  }
}

/** Bytes that arrive in a buffer of their own each time, at an odd place in it. */
export function copyingSource(bytes: Uint8Array, name: string): ByteSource {
  const inner = memorySource(bytes, name)
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      const read = await inner.read(offset, length)
      const padded = new Uint8Array(length + 7)
      padded.set(read, 3)
      return padded.subarray(3, 3 + length)
    },
  }
}
