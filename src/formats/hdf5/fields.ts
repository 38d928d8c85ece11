import { SdinspectError } from '../../errors.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** How wide addresses and lengths of one file are, in bytes: its superblock says. */
export interface Widths {
  readonly address: number
  readonly length: number
}

/** The fields of one structure of HDF5, little-endian, one after the other. */
export class Fields {
  readonly #bytes: Uint8Array
  readonly #widths: Widths
  readonly #what: string
  at = 0

  /** @param what for messages: `the data layout of "a"` */
  constructor(bytes: Uint8Array, widths: Widths, what: string) {
    this.#bytes = bytes
    this.#widths = widths
    this.#what = what
  }

  get widths(): Widths {
    return this.#widths
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  /** @throws SdinspectError `format/malformed` when the structure ends before */
  take(length: number): Uint8Array {
    if (length > this.left) throw this.malformed('ends in the middle of a field')
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  u8(): number {
    return this.take(1)[0] as number
  }

  u16(): number {
    return this.uint(2)
  }

  u32(): number {
    return this.uint(4)
  }

  /** An unsigned integer of `bytes` bytes. One beyond 2^53 reads as infinite. */
  uint(bytes: number): number {
    const taken = this.take(bytes)
    let value = 0
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (taken[i] as number)
    return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY
  }

  length(): number {
    return this.uint(this.#widths.length)
  }

  /** From the base address of the file; null where nothing is: all bits are set. */
  address(): number | null {
    const { address } = this.#widths
    const bytes = this.take(address)
    if (bytes.every((byte) => byte === 0xff)) return null
    this.at -= address
    return this.uint(address)
  }

  /** Up to the next zero byte, which is taken too. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at)
    if (end < 0) throw this.malformed('has a text without an end')
    const text = utf8.decode(this.take(end - this.at))
    this.at++
    return text
  }

  signature(expected: string): void {
    const found = String.fromCharCode(...this.take(4))
    if (found !== expected) throw this.malformed(`does not begin with ${expected}`)
  }

  /** The fields of a structure inside this one. */
  within(bytes: Uint8Array, what: string): Fields {
    return new Fields(bytes, this.#widths, what)
  }

  malformed(problem: string): SdinspectError {
    return new SdinspectError('format/malformed', `${this.#what} ${problem}`)
  }

  unsupported(problem: string): SdinspectError {
    return new SdinspectError('unsupported/feature', `${this.#what} ${problem}`)
  }
}

/** The text of a field of fixed width: up to its first zero byte. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
