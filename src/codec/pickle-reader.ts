import { SdinspectError } from '../errors.ts'
import { type LimitName, type Limits, withinLimit } from '../limits.ts'
import { utf8Text } from './utf8.ts'

/** Reads the arguments of opcodes, inside the frame that is open. Positions are offsets in the stream. */
export class PickleReader {
  readonly what: string
  readonly limits: Limits
  position = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  /** Of the open frame; the end of the stream outside frames. */
  private end: number

  constructor(bytes: Uint8Array, limits: Limits, what: string) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.length
    this.limits = limits
    this.what = what
  }

  malformed(message: string, offset: number): SdinspectError {
    return new SdinspectError('format/malformed', `${this.what}: ${message}`, { offset })
  }

  limit(name: LimitName, value: number, subject: string, offset: number): void {
    withinLimit(this.limits, name, value, `${this.what}: ${subject}`, offset)
  }

  /** Moves past `length` bytes and gives where they begin. */
  skip(length: number): number {
    const begin = this.position
    if (this.end < this.bytes.length && begin === this.end) this.end = this.bytes.length
    if (begin + length <= this.end) {
      this.position = begin + length
      return begin
    }
    if (this.end < this.bytes.length)
      throw this.malformed(`${length} bytes at ${begin} cross the end of their frame at ${this.end}`, begin)
    throw new SdinspectError(
      'format/truncated',
      `${this.what}: ${length} bytes at ${begin} run past the end of the stream at ${this.end}`,
      { offset: begin },
    )
  }

  frame(): void {
    const offset = this.position
    const length = this.size64('the frame')
    if (this.end < this.bytes.length && this.position < this.end)
      throw this.malformed(`a frame begins at ${offset} inside another that ends at ${this.end}`, offset)
    const begin = this.skip(length)
    this.position = begin
    this.end = begin + length
  }

  u8(): number {
    return this.bytes[this.skip(1)] as number
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true)
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true)
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true)
  }

  f64(): number {
    return this.view.getFloat64(this.skip(8), false)
  }

  size64(subject: string): number {
    const at = this.skip(8)
    const size = this.view.getUint32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true)
    if (!Number.isSafeInteger(size)) throw this.malformed(`${subject} at ${at} has a length over 2^53`, at)
    return size
  }

  /** `length` bytes, a view of the stream. */
  take(length: number): Uint8Array {
    const begin = this.skip(length)
    return this.bytes.subarray(begin, begin + length)
  }

  /** A text string of `length` bytes, UTF-8 as Python writes it: lone surrogates are let through. */
  text(length: number): string {
    const begin = this.position
    const bytes = this.take(length)
    this.limit('pickleStringBytes', length, `the length of the string at ${begin}`, begin)
    const ascii = asciiText(bytes)
    if (ascii !== undefined) return ascii
    const text = decodeUtf8(bytes)
    if (text === undefined) throw this.malformed(`the string at ${begin} is not UTF-8`, begin)
    return text
  }

  /** Up to the next line feed, which is passed over and left out. */
  line(): Uint8Array {
    const begin = this.skip(0)
    const found = this.bytes.indexOf(10, begin)
    const length = (found < 0 || found >= this.end ? this.end : found) - begin
    this.skip(length + 1)
    this.limit('pickleStringBytes', length, `the length of the line at ${begin}`, begin)
    return this.bytes.subarray(begin, begin + length)
  }

  /** A little-endian two's complement integer of `length` bytes. */
  integer(length: number): number | bigint {
    const begin = this.position
    const bytes = this.take(length)
    this.limit('pickleIntegerBytes', length, `the length of the integer at ${begin}`, begin)
    if (length === 0) return 0
    let hex = ''
    for (let i = length - 1; i >= 0; i--) hex += (bytes[i] as number).toString(16).padStart(2, '0')
    return narrowed(BigInt.asIntN(8 * length, BigInt(`0x${hex}`)))
  }

  /** A line of decimal digits with an optional sign. */
  decimal(digits: string, begin: number): number | bigint {
    this.limit('pickleIntegerBytes', digits.length, `the digits of the integer at ${begin}`, begin)
    if (!/^[ \t]*[+-]?[0-9]+[ \t\r]*$/.test(digits))
      throw this.malformed(`the integer at ${begin} is not decimal`, begin)
    const text = digits.trim()
    return narrowed(text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace('+', '')))
  }
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > 64) return undefined
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte > 127) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** UTF-8 with Python's `surrogatepass`; undefined when it is not that. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8Text(bytes)
  } catch {
    return decodeWithSurrogates(bytes)
  }
}

/** Lone surrogates are three bytes, ED A0..BF xx: decoded by hand, what is between them strictly. */
function decodeWithSurrogates(bytes: Uint8Array): string | undefined {
  const parts: string[] = []
  let begin = 0
  try {
    for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
      const second = bytes[at + 1] ?? 0
      const third = bytes[at + 2] ?? 0
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
      parts.push(utf8Text(bytes.subarray(begin, at)))
      parts.push(String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)))
      begin = at + 3
    }
    parts.push(utf8Text(bytes.subarray(begin)))
  } catch {
    return undefined
  }
  return parts.join('')
}
