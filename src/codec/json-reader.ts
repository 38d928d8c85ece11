import { type ErrorCode, SdinspectError } from '../errors.ts'
import { defaultLimits } from '../limits.ts'
import { hexUnit, isDigit, simpleEscape, unescaped } from './json-escape.ts'
import { asciiSlicer, invalidUtf8At, utf8Text } from './utf8.ts'

/** What the next value is, by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/** How a number is written. `1.0` and `1e2` are `real` whatever their value; `nonfinite` only where allowed. */
export type NumberForm = 'integer' | 'real' | 'nonfinite'

export interface JsonOptions {
  /** What is being read, to start messages with: `the header`, `config.json`. */
  readonly what: string
  /** Where the first byte is in its file. Offsets in errors are offsets in the file. Default 0. */
  readonly base?: number
  /** Objects and arrays inside one another. Default: the limit `jsonDepth`. */
  readonly depth?: number
  /** Code of "ends too early": `format/malformed` where the text is a part of announced length. Default `format/truncated`. */
  readonly endCode?: ErrorCode
  /** Code of "nested too deep". Default `limit/exceeded`. */
  readonly depthCode?: ErrorCode
  /** Messages give line and column, as an editor counts them, in place of the byte. For files people edit. */
  readonly lines?: boolean
  /** Takes `NaN`, `Infinity` and `-Infinity` for numbers, as Python's json writes them. */
  readonly nonfinite?: boolean
}

/**
 * Reads JSON (RFC 8259, strictly) a value at a time, in one pass, without building anything: the caller asks
 * for what it expects and turns into strings and numbers only what it keeps.
 *
 * ```ts
 * reader.beginObject()
 * while (reader.nextKey()) if (reader.keyIs(shape)) readShape(reader); else reader.skipValue()
 * reader.end()
 * ```
 *
 * Every byte passed over is checked: UTF-8, escapes, lone surrogates, control characters, number syntax.
 * Time and memory are linear in the bytes read, nesting costs no stack. Duplicate keys are the caller's.
 */
export class JsonReader {
  readonly bytes: Uint8Array
  private readonly options: JsonOptions
  private readonly maxDepth: number
  private readonly slice: (begin: number, end: number) => string
  private at = 0
  private nesting = 0
  /** Just inside a container: the next thing is its first member, or its end. */
  private fresh = false
  private tokenBegin = 0
  private tokenEnd = 0
  private tokenIsAscii = true
  private tokenIsEscaped = false

  /** @throws SdinspectError `format/malformed` on a byte order mark or UTF-16 */
  constructor(bytes: Uint8Array, options: JsonOptions) {
    this.bytes = bytes
    this.options = options
    this.maxDepth = options.depth ?? defaultLimits.jsonDepth
    this.slice = asciiSlicer(bytes)
    this.refuseOtherEncodings()
  }

  /** Of the next unread byte, in the file. */
  get offset(): number {
    return (this.options.base ?? 0) + this.at
  }

  /** Of the first byte of the last key, string or number read, its quote not counted, in the file. */
  get tokenOffset(): number {
    return (this.options.base ?? 0) + this.tokenBegin
  }

  /** Containers open around the next value. */
  get depth(): number {
    return this.nesting
  }

  /** An error about the byte at `offset` (default: the next one), to throw. */
  error(problem: string, offset = this.offset, code: ErrorCode = 'format/malformed'): SdinspectError {
    const where = this.options.lines
      ? lineAndColumn(this.bytes, offset - (this.options.base ?? 0))
      : `byte ${offset}`
    return new SdinspectError(code, `${this.options.what}, ${where}: ${problem}`, { offset })
  }

  /** The kind of the next value. */
  peek(): JsonKind {
    switch (this.nextByte()) {
      case 0x7b:
        return 'object'
      case 0x5b:
        return 'array'
      case 0x22:
        return 'string'
      case 0x74:
      case 0x66:
        return 'boolean'
      case 0x6e:
        return 'null'
      case 0x2d:
        return 'number'
      default: {
        const byte = this.bytes[this.at]
        if (byte !== undefined && isDigit(byte)) return 'number'
        if (this.options.nonfinite && (byte === 0x4e || byte === 0x49)) return 'number'
        throw this.unexpected('a value')
      }
    }
  }

  beginObject(): void {
    this.open(0x7b, 'an object')
  }

  /**
   * Reads the next key of the open object and its colon. False when the object ends here; it is closed then.
   * The key's text is {@link text}, or compared unread with {@link keyIs}.
   */
  nextKey(): boolean {
    const byte = this.nextByte()
    if (byte === 0x7d) return this.closeContainer()
    if (!this.fresh) {
      if (byte !== 0x2c) throw this.unexpected('"," or "}"')
      this.at++
    }
    if (this.nextByte() !== 0x22) throw this.unexpected(this.fresh ? 'a key or "}"' : 'a key')
    this.scanString()
    if (this.nextByte() !== 0x3a) throw this.unexpected('":"')
    this.at++
    return true
  }

  beginArray(): void {
    this.open(0x5b, 'an array')
  }

  /** Whether the open array has another element, which is then the next value. False closes the array. */
  nextElement(): boolean {
    const byte = this.nextByte()
    if (byte === 0x5d) return this.closeContainer()
    if (this.fresh) {
      this.fresh = false
      return true
    }
    if (byte !== 0x2c) throw this.unexpected('"," or "]"')
    this.at++
    if (this.nextByte() === 0x5d) throw this.unexpected('a value')
    return true
  }

  /** The next value, a string. */
  string(): string {
    this.beginString()
    return this.text()
  }

  /** Passes over a string, for {@link tokenIs} or {@link text} to look at. */
  beginString(): void {
    if (this.nextByte() !== 0x22) throw this.unexpected('a string')
    this.scanString()
  }

  /** The text of the last key, string or number. */
  text(): string {
    const { tokenBegin, tokenEnd } = this
    if (this.tokenIsEscaped) return utf8Text(unescaped(this.bytes, tokenBegin, tokenEnd))
    if (this.tokenIsAscii) return this.slice(tokenBegin, tokenEnd)
    return utf8Text(this.bytes.subarray(tokenBegin, tokenEnd))
  }

  /** Bytes of the last token as they stand in the file: at least the UTF-8 bytes of its text. */
  get tokenBytes(): number {
    return this.tokenEnd - this.tokenBegin
  }

  /** Whether the last key or string is printable ASCII with no escape: nothing in it can surprise. */
  get tokenIsPlain(): boolean {
    return this.tokenIsAscii && !this.tokenIsEscaped
  }

  /** Whether the last key or string is `ascii`. Makes no string. */
  tokenIs(ascii: Uint8Array): boolean {
    if (this.tokenIsEscaped) return this.text() === utf8Text(ascii)
    const begin = this.tokenBegin
    if (this.tokenEnd - begin !== ascii.length) return false
    for (let index = 0; index < ascii.length; index++) {
      if (this.bytes[begin + index] !== ascii[index]) return false
    }
    return true
  }

  /** Passes over a number and says how it is written; {@link text} is its source. */
  scanNumber(): NumberForm {
    let byte = this.nextByte()
    const { bytes } = this
    const begin = this.at
    let at = begin
    let form: NumberForm = 'integer'
    if (byte === 0x22) throw this.unexpected('a number')
    if (byte === 0x2d) byte = bytes[++at] ?? -1
    if (this.options.nonfinite && (byte === 0x4e || byte === 0x49)) {
      at = this.scanWord(at, at === begin && byte === 0x4e ? 'NaN' : 'Infinity')
      form = 'nonfinite'
    } else if (byte === 0x30) {
      at++
      if (isDigit(bytes[at] ?? -1)) throw this.error('a number starts with 0', this.offsetAt(begin))
    } else at = this.digits(at)
    if (form === 'integer') {
      byte = bytes[at] ?? -1
      if (byte === 0x2e) {
        form = 'real'
        at = this.digits(at + 1)
        byte = bytes[at] ?? -1
      }
      if (byte === 0x65 || byte === 0x45) {
        form = 'real'
        const sign = bytes[at + 1] ?? -1
        at = this.digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
      }
    }
    this.token(begin, at)
    this.at = at
    this.fresh = false
    return form
  }

  /**
   * The next value, an integer from 0 to 2^64-1, exactly: a bigint where a number would round. Refuses `-0`,
   * `2.0` and `2e0`: the source counts, not the value.
   */
  unsigned(): number | bigint {
    const { bytes } = this
    this.nextByte()
    let value = 0
    let at = this.at
    // 15 digits cannot leave the safe integers.
    const stop = Math.min(at + 15, bytes.length)
    for (; at < stop; at++) {
      const byte = bytes[at] as number
      if (byte < 0x30 || byte > 0x39) break
      value = value * 10 + (byte - 0x30)
    }
    const next = bytes[at]
    const plain = next === 0x2c || next === 0x5d || next === 0x7d
    if (plain && at > this.at && (bytes[this.at] !== 0x30 || at === this.at + 1)) {
      this.token(this.at, at)
      this.at = at
      this.fresh = false
      return value
    }
    return this.unsignedSlowly()
  }

  /** The next value, a number: exact where it is an integer, else the nearest double. */
  number(): number | bigint {
    const form = this.scanNumber()
    const digits = this.tokenBytes
    if (form !== 'integer') {
      const value = Number(this.text())
      if (form === 'real' && !Number.isFinite(value))
        throw this.error(`the number ${cut(this.text())} is beyond a double`, this.tokenOffset)
      return value
    }
    if (digits <= 15) return Number(this.text())
    if (digits > defaultLimits.integerDigits)
      throw this.error(
        `an integer of ${digits} digits, over the limit integerDigits=${defaultLimits.integerDigits}`,
        this.tokenOffset,
        'limit/exceeded',
      )
    const exact = BigInt(this.text())
    const value = Number(exact)
    return Number.isSafeInteger(value) ? value : exact
  }

  boolean(): boolean {
    const byte = this.nextByte()
    if (byte !== 0x74 && byte !== 0x66) throw this.unexpected('true or false')
    this.word(byte === 0x74 ? 'true' : 'false')
    return byte === 0x74
  }

  null(): void {
    if (this.nextByte() !== 0x6e) throw this.unexpected('null')
    this.word('null')
  }

  /** Passes over the next value, whatever it is, with all checks. */
  skipValue(): void {
    /** The containers opened here: whether each is an object. */
    const open: boolean[] = []
    do {
      switch (this.peek()) {
        case 'object':
          this.beginObject()
          open.push(true)
          break
        case 'array':
          this.beginArray()
          open.push(false)
          break
        case 'string':
          this.beginString()
          break
        case 'number':
          this.scanNumber()
          break
        case 'boolean':
          this.boolean()
          break
        case 'null':
          this.null()
      }
      while (open.length > 0 && !(open[open.length - 1] ? this.nextKey() : this.nextElement())) open.pop()
    } while (open.length > 0)
  }

  /** Refuses anything but white space from here on. */
  end(): void {
    if (this.nextByte() !== -1) throw this.unexpected(`the end of ${this.options.what}`)
  }

  /** Skips white space and gives the next byte, unread; -1 at the end. */
  private nextByte(): number {
    const { bytes } = this
    let at = this.at
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.at = at
        return byte
      }
    }
    this.at = at
    return -1
  }

  private open(byte: number, expected: string): void {
    if (this.nextByte() !== byte) throw this.unexpected(expected)
    if (++this.nesting > this.maxDepth)
      throw this.error(
        `nested more than ${this.maxDepth} deep, over the limit jsonDepth=${this.maxDepth}`,
        this.offset,
        this.options.depthCode ?? 'limit/exceeded',
      )
    this.at++
    this.fresh = true
  }

  private closeContainer(): false {
    this.at++
    this.nesting--
    this.fresh = false
    return false
  }

  private scanString(): void {
    const { bytes } = this
    const begin = this.at + 1
    let at = begin
    let escaped = false
    let seen = 0
    for (;;) {
      if (at >= bytes.length) throw this.cutOff('the end of a string', at)
      const byte = bytes[at] as number
      if (byte === 0x22) break
      if (byte === 0x5c) {
        escaped = true
        at = this.scanEscape(at)
        continue
      }
      if (byte < 0x20) throw this.error(`the control character ${hex(byte)} in a string`, this.offsetAt(at))
      // One more, so that DEL counts as unusual too.
      seen |= byte + 1
      at++
    }
    this.tokenBegin = begin
    this.tokenEnd = at
    this.tokenIsEscaped = escaped
    this.tokenIsAscii = seen < 0x80
    this.at = at + 1
    this.fresh = false
    if (seen < 0x80) return
    const bad = invalidUtf8At(bytes, begin, at)
    if (bad >= 0) throw this.error(`the byte ${hex(bytes[bad] as number)} is not UTF-8`, this.offsetAt(bad))
  }

  /** Checks the escape at a backslash and gives the index after it; a surrogate pair is one escape. */
  private scanEscape(at: number): number {
    const letter = this.bytes[at + 1]
    if (letter === undefined) throw this.cutOff('the end of a string', at + 1)
    if (letter !== 0x75) {
      if (simpleEscape(letter) >= 0) return at + 2
      throw this.error(`"\\${shown(letter)}" is no escape of JSON`, this.offsetAt(at))
    }
    const unit = this.scanHex(at + 2)
    if (unit < 0xd800 || unit > 0xdfff) return at + 6
    if (unit < 0xdc00 && this.bytes[at + 6] === 0x5c && this.bytes[at + 7] === 0x75) {
      const low = this.scanHex(at + 8)
      if (low >= 0xdc00 && low <= 0xdfff) return at + 12
    }
    throw this.error(`the lone surrogate \\u${unit.toString(16)}`, this.offsetAt(at))
  }

  private scanHex(at: number): number {
    if (at + 4 > this.bytes.length) throw this.cutOff('the end of a string', this.bytes.length)
    const unit = hexUnit(this.bytes, at)
    if (unit < 0) throw this.error('\\u without four hexadecimal digits', this.offsetAt(at - 2))
    return unit
  }

  private digits(begin: number): number {
    const { bytes } = this
    let at = begin
    while (at < bytes.length && isDigit(bytes[at] as number)) at++
    if (at > begin) return at
    this.at = begin
    throw this.unexpected('a digit')
  }

  private unsignedSlowly(): number | bigint {
    const begin = this.at
    const first = this.bytes[begin] ?? -1
    if (!isDigit(first) && first !== 0x2d) throw this.unexpected('an integer from 0 to 2^64-1')
    const form = this.scanNumber()
    const text = this.tokenBytes <= 20 ? this.text() : ''
    const exact = text !== '' && form === 'integer' && text.charCodeAt(0) !== 0x2d ? BigInt(text) : -1n
    if (exact < 0n || exact > 0xffff_ffff_ffff_ffffn)
      throw this.error(
        `found ${cut(this.text())}, expected an integer from 0 to 2^64-1`,
        this.offsetAt(begin),
      )
    const value = Number(exact)
    return Number.isSafeInteger(value) ? value : exact
  }

  private word(word: string): void {
    this.at = this.scanWord(this.at, word)
    this.fresh = false
  }

  private scanWord(begin: number, word: string): number {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[begin + index] === word.charCodeAt(index)) continue
      this.at = Math.min(begin + index, this.bytes.length)
      throw this.unexpected(word)
    }
    return begin + word.length
  }

  private token(begin: number, end: number): void {
    this.tokenBegin = begin
    this.tokenEnd = end
    this.tokenIsAscii = true
    this.tokenIsEscaped = false
  }

  private offsetAt(index: number): number {
    return (this.options.base ?? 0) + index
  }

  private unexpected(expected: string): SdinspectError {
    const byte = this.bytes[this.at]
    if (byte === undefined) return this.cutOff(expected, this.at)
    return this.error(`found ${this.found(byte)}, expected ${expected}`)
  }

  /** What stands at the next byte, in a few words. */
  private found(byte: number): string {
    const rest = this.bytes.subarray(this.at, this.at + 9)
    const ascii = String.fromCharCode(...rest)
    for (const word of ['NaN', 'Infinity', '-Infinity'])
      if (ascii.startsWith(word)) return `${word}, which is not JSON`
    if (byte === 0) return 'a NUL byte'
    if (byte === 0x22) return 'a string'
    return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `the byte ${hex(byte)}`
  }

  private cutOff(expected: string, index: number): SdinspectError {
    const problem = `ends here, expected ${expected}`
    return this.error(problem, this.offsetAt(index), this.options.endCode ?? 'format/truncated')
  }

  private refuseOtherEncodings(): void {
    const [a, b, c] = this.bytes
    if (a === 0xef && b === 0xbb && c === 0xbf)
      throw this.error('starts with a UTF-8 byte order mark, which JSON does not allow', this.offsetAt(0))
    const utf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)
    if (utf16 || (a === 0 && b !== undefined && b !== 0) || (b === 0 && a !== undefined && a !== 0))
      throw this.error('looks like UTF-16, and JSON must be UTF-8', this.offsetAt(0))
  }
}

/** `line 3, column 14`: both from 1, columns in characters. */
export function lineAndColumn(bytes: Uint8Array, index: number): string {
  let line = 1
  let column = 1
  for (let at = 0; at < index && at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x0a) {
      line++
      column = 1
    } else if ((byte & 0xc0) !== 0x80) column++
  }
  return `line ${line}, column ${column}`
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte)
}

function cut(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 24)}…${text.slice(-8)} (${text.length} characters)`
}
