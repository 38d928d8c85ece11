import { SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import { Cursor } from '../../source/cursor.ts'
import type { ByteSource } from '../../source/source.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads the numbers and strings of a GGUF file from front to back. `ready` brings bytes to hand; everything
 * else takes from what is at hand, so that 100,000 tokens are not 100,000 promises.
 */
export class GgufReader {
  readonly limits: Limits
  readonly #source: ByteSource
  readonly #options: { readonly first?: number; readonly most?: number }
  #cursor: Cursor
  #bytes = new Uint8Array()
  #view = new DataView(this.#bytes.buffer)
  /** In `#bytes`. */
  #at = 0
  isLittleEndian = true

  constructor(source: ByteSource, limits: Limits, options: { first?: number; most?: number } = {}) {
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
    if (this.#bytes.length - this.#at >= length) return
    if (length > this.left) throw this.truncated(what, length)
    this.#cursor.skip(this.#at)
    this.#at = 0
    while (this.#cursor.atHand.length < length) await this.#cursor.more()
    this.#bytes = this.#cursor.atHand as Uint8Array<ArrayBuffer>
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
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

  /** The last boolean that was read was neither 0 nor 1. */
  wasOddBoolean = false

  boolean(): boolean {
    const byte = this.u8()
    this.wasOddBoolean = byte > 1
    return byte !== 0
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }
  i8(): number {
    return this.#view.getInt8(this.#take(1))
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), this.isLittleEndian)
  }
  i16(): number {
    return this.#view.getInt16(this.#take(2), this.isLittleEndian)
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), this.isLittleEndian)
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), this.isLittleEndian)
  }
  f32(): number {
    return this.#view.getFloat32(this.#take(4), this.isLittleEndian)
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), this.isLittleEndian)
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.isLittleEndian)
  }
  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), this.isLittleEndian)
  }

  /** A string of `length` bytes. Bytes that are no UTF-8 become U+FFFD. */
  text(length: number): string {
    const begin = this.#take(length)
    return utf8.decode(this.#bytes.subarray(begin, begin + length))
  }

  /** A length of 64 bits that must lie within the file. */
  length(what: string): number {
    const offset = this.position
    const length = this.u64()
    if (length > BigInt(this.left))
      throw new SdinspectError(
        'format/truncated',
        `${what} is ${length} bytes long, and the file has ${this.left} left`,
        { offset },
      )
    return Number(length)
  }

  /** A string with its length before it. */
  async string(what: string, limit: 'nameBytes' | 'ggufStringBytes'): Promise<string> {
    await this.ready(8, what)
    const offset = this.position
    const length = this.length(what)
    withinLimit(this.limits, limit, length, `the bytes of ${what}`, offset)
    await this.ready(length, what)
    return this.text(length)
  }

  truncated(what: string, needs: number): SdinspectError {
    return new SdinspectError(
      'format/truncated',
      `the file ends at ${this.#source.size}, in ${what}, which needs ${needs} bytes from ${this.position}`,
      { offset: this.position, hint: 'the download may have stopped half way: fetch the file again' },
    )
  }

  malformed(problem: string, offset: number, hint?: string): SdinspectError {
    return new SdinspectError('format/malformed', problem, {
      offset,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  #take(length: number): number {
    const at = this.#at
    this.#at += length
    return at
  }
}
