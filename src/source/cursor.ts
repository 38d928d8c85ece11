import type { ByteSource } from './source.ts'

export interface CursorOptions {
  /** In bytes from the start of the source. */
  readonly position?: number
  /** Bytes to read at first. Each further read is twice as large, up to `most`. */
  readonly first?: number
  readonly most?: number
}

/**
 * Reads a source from front to back, for formats whose parts tell only at their own end how long they were. It
 * reads ahead, never by more than `most` bytes, and keeps what has been read and not been passed.
 */
export class Cursor {
  readonly #source: ByteSource
  readonly #most: number
  #step: number
  /** Of the first byte in the buffer that has not been passed, in the source. */
  #position: number
  #buffer = new Uint8Array()
  #begin = 0
  #end = 0

  constructor(source: ByteSource, options: CursorOptions = {}) {
    const { position = 0, first = source.remote === undefined ? 65_536 : 262_144, most = 1_048_576 } = options
    this.#source = source
    this.#position = position
    this.#step = Math.min(first, most)
    this.#most = most
  }

  get position(): number {
    return this.#position
  }

  /** What has been read from the position on. A view, good until more is read. */
  get atHand(): Uint8Array {
    return this.#buffer.subarray(this.#begin, this.#end)
  }

  /** Whether what is at hand reaches to the end of the source. */
  get isLast(): boolean {
    return this.#position + this.#end - this.#begin >= this.#source.size
  }

  /** Reads on. At the end of the source there is no more, and nothing happens. */
  async more(): Promise<void> {
    const held = this.#end - this.#begin
    const at = this.#position + held
    const length = Math.min(this.#step, this.#source.size - at)
    if (length <= 0) return
    const bytes = await this.#source.read(at, length)
    this.#makeRoom(length)
    this.#buffer.set(bytes, this.#end)
    this.#end += length
    this.#step = Math.min(this.#most, this.#step * 2)
  }

  /** Moves on by `length` bytes, which must be at hand. */
  skip(length: number): void {
    this.#begin += length
    this.#position += length
  }

  #makeRoom(length: number): void {
    const held = this.#end - this.#begin
    if (this.#end + length <= this.#buffer.length) return
    // Twice as much as is needed, so that all the moving together costs no more than the reading.
    const roomy = new Uint8Array(held === 0 ? length : 2 * (held + length))
    roomy.set(this.atHand)
    this.#buffer = roomy
    this.#begin = 0
    this.#end = held
  }
}
