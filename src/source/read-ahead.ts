import type { ByteSource, RangeOptions } from './source.ts'
import { together } from './together.ts'

export interface ReadAheadOptions {
  /** Bytes of the start that are read at once and kept. */
  readonly first: number
  /** Bytes of the end that come in the same round, for a format whose directory is there. */
  readonly last?: number
}

/**
 * The same source, with its first bytes read once and kept, and its last where that is asked for; no longer remote
 * where that is all of it. At a distance a
 * range that is partly kept reads no more than the rest of it; of what is at hand all of it is read again, which
 * costs less than putting it together.
 */
export function readAhead(source: ByteSource, { first, last = 0 }: ReadAheadOptions): ByteSource {
  const { size } = source
  // What the two ends cover is read whole.
  const headEnd = first + last >= size ? size : first
  const head = new Kept(source, 0, headEnd)
  const tail = new Kept(source, Math.max(headEnd, size - last), size)
  const { remote, ...rest } = source
  return {
    // What is kept whole is at hand, once it is there.
    ...(headEnd === size || remote === undefined ? rest : source),
    async read(offset, length, options) {
      const end = offset + length
      const isApart = offset >= headEnd && end <= tail.begin
      const isKept = end <= headEnd || offset >= tail.begin
      if (!(offset >= 0 && length > 0 && end <= size) || isApart || (!isKept && remote === undefined))
        return source.read(offset, length, options)
      const parts: Promise<Uint8Array>[] = []
      if (offset < headEnd) {
        parts.push(head.read(offset, Math.min(end, headEnd), options))
        // Who looks at the start of such a file looks at its end next.
        tail.fetch()
      }
      const from = Math.max(offset, headEnd)
      const to = Math.min(end, tail.begin)
      if (from < to) parts.push(source.read(from, to - from, options))
      if (end > tail.begin) parts.push(tail.read(Math.max(offset, tail.begin), end, options))
      return joined(await together(parts), length)
    },
  }
}

/** One end of a source, read when it is first wanted. */
class Kept {
  readonly begin: number
  readonly #end: number
  readonly #source: ByteSource
  #bytes: Promise<Uint8Array> | undefined

  constructor(source: ByteSource, begin: number, end: number) {
    this.#source = source
    this.begin = begin
    this.#end = end
  }

  /** Begins to read it. Whether that fails is for those to hear who want it, and they try once more. */
  fetch(options?: RangeOptions): void {
    if (this.#bytes !== undefined || this.begin === this.#end) return
    const bytes = this.#source.read(this.begin, this.#end - this.begin, options)
    this.#bytes = bytes
    bytes.catch(() => {
      this.#bytes = undefined
    })
  }

  async read(from: number, to: number, options?: RangeOptions): Promise<Uint8Array> {
    this.fetch(options)
    const bytes = (await this.#bytes) as Uint8Array
    return bytes.subarray(from - this.begin, to - this.begin)
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
