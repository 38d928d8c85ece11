import { SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { Cursor, type CursorOptions } from '../source/cursor.ts'
import type { ByteSource } from '../source/source.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads a binary file from front to back. `ready` brings bytes to hand; everything else takes from what is at hand, so
 * that 100,000 strings are not 100,000 promises.
 */
export class ForwardReader {
  readonly limits: Limits
  readonly #source: ByteSource
  readonly #options: CursorOptions
  #cursor: Cursor
  #bytes = new Uint8Array()
  /** Of the bytes at hand. */
  protected view = new DataView(this.#bytes.buffer)
  /** In `#bytes`. */
  #at = 0

  /** @param options how much is read first, here and after each jump */
  constructor(source: ByteSource, limits: Limits, options: CursorOptions = {}) {
    this.#source = source
    this.limits = limits
    this.#options = options
    this.#cursor = new Cursor(source, options)
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#cursor.position + this.#at
  }

  /** Bytes from here to the end of the file. */
  get left(): number {
    return this.#source.size - this.position
  }

  /** Brings the next `length` bytes to hand. @throws SdinspectError `format/truncated` */
  async ready(length: number, what: string): Promise<void> {
    if (this.has(length)) return
    if (length > this.left) throw this.truncated(what, length)
    await this.#fill(length)
  }

  /** Brings the next `length` bytes to hand, or all there are to the end of the file. */
  async readyUpTo(length: number): Promise<void> {
    if (!this.has(length)) await this.#fill(Math.min(length, this.left))
  }

  async #fill(length: number): Promise<void> {
    this.#cursor.skip(this.#at)
    this.#at = 0
    while (this.#cursor.atHand.length < length) await this.#cursor.more()
    this.#bytes = this.#cursor.atHand as Uint8Array<ArrayBuffer>
    this.view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
  }

  /** Whether `length` bytes are at hand. */
  has(length: number): boolean {
    return this.#bytes.length - this.#at >= length
  }

  /** Passes over bytes that nobody looks at: what lies beyond those at hand is not read. */
  pass(length: number): void {
    if (this.has(length)) {
      this.#at += length
      return
    }
    this.#cursor = new Cursor(this.#source, { ...this.#options, position: this.position + length })
    this.#bytes = new Uint8Array()
    this.#at = 0
  }

  u8(): number {
    return this.view.getUint8(this.take(1))
  }

  /** A text of `length` bytes. Bytes that are no UTF-8 become U+FFFD. */
  text(length: number): string {
    return utf8.decode(this.bytes(length))
  }

  /** The next `length` bytes: a view, good until more is read. */
  bytes(length: number): Uint8Array {
    const begin = this.take(length)
    return this.#bytes.subarray(begin, begin + length)
  }

  truncated(what: string, needs: number): SdinspectError {
    return new SdinspectError(
      'format/truncated',
      `the file ends at ${this.#source.size}, in ${what}, which needs ${needs} bytes from ${this.position}`,
      { offset: this.position, hint: 'the download may have stopped half way: fetch the file again' },
    )
  }

  malformed(problem: string, offset: number): SdinspectError {
    return new SdinspectError('format/malformed', problem, { offset })
  }

  /** Where the next `length` bytes at hand begin. */
  protected take(length: number): number {
    const at = this.#at
    this.#at += length
    return at
  }
}
