import { SdinspectError } from '../../errors.ts'
import type { ByteSource } from '../../source/source.ts'

const nearPage = 16_384
const farPage = 131_072
/** Pages that are kept: structures lie together, and a file is not held whole. */
const mostKept = 256

/** Bytes of a file read here and there: whole pages, of which the latest are kept. */
export class PagedBytes {
  readonly #source: ByteSource
  readonly #page: number
  readonly #kept = new Map<number, Uint8Array>()

  constructor(source: ByteSource) {
    this.#source = source
    this.#page = source.remote === undefined ? nearPage : farPage
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#source.size
  }

  /**
   * @param what for the message: `the object header of "a"`
   * @throws SdinspectError `format/truncated` when the file ends before
   */
  async read(offset: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > this.size)
      throw new SdinspectError(
        'format/truncated',
        `the file ends at ${this.size}, and ${what} takes ${length} bytes from ${offset}`,
        { offset, hint: 'the download may have stopped half way: fetch the file again' },
      )
    const bytes = new Uint8Array(length)
    for (let at = offset; at < offset + length; ) {
      const index = Math.floor(at / this.#page)
      const page = await this.#at(index)
      const part = page.subarray(at - index * this.#page, offset + length - index * this.#page)
      bytes.set(part, at - offset)
      at += part.length
    }
    return bytes
  }

  async #at(index: number): Promise<Uint8Array> {
    const kept = this.#kept.get(index)
    if (kept !== undefined) return kept
    const begin = index * this.#page
    const page = await this.#source.read(begin, Math.min(this.#page, this.size - begin))
    const oldest = this.#kept.keys().next()
    if (this.#kept.size >= mostKept && oldest.done !== true) this.#kept.delete(oldest.value)
    this.#kept.set(index, page)
    return page
  }
}
