import { type ErrorCode, SdinspectError } from '../errors.ts'
import { hexUnit, isDigit, simpleEscape, unescaped } from './json-escape.ts'
import { lineAndColumn } from './line-and-column.ts'
import { asciiSlicer, invalidUtf8At, utf8Text } from './utf8.ts'

/** How a number is written. `1.0` and `1e2` are `real` whatever their value; `nonfinite` only where allowed. */
export type NumberForm = 'integer' | 'real' | 'nonfinite'

export interface JsonOptions {
  /** What is being read, to start messages with: `the header`, `config.json`. */
  readonly what: string
  /** Where the first byte is in its file. Offsets in errors are offsets in the file. Default 0. */
  readonly base?: number
  /** Objects and arrays inside one another. Default: the limit `jsonDepth`. */
  readonly depth?: number
  /** Keys of over 16,383 bytes in all. Default: the limit `longNames`. */
  readonly longNames?: number
  /** Digits of an integer. Default: the limit `integerDigits`. */
  readonly integerDigits?: number
  /** Code of "ends too early": `format/malformed` where the text is a part of announced length. Default `format/truncated`. */
  readonly endCode?: ErrorCode
  /** Where no text of its kind nests that deep: the code to refuse it with, and the end of the message. Absent: it is a limit. */
  readonly tooDeep?: { readonly code: ErrorCode; readonly because: string }
  /** Messages give line and column, as an editor counts them, in place of the byte. For files people edit. */
  readonly lines?: boolean
  /** Takes `NaN`, `Infinity` and `-Infinity` for numbers, as Python's json writes them. */
  readonly nonfinite?: boolean
}

/**
 * The tokens of JSON text: strings, numbers and words, each checked as it is passed over. What may follow what
 * is for {@link JsonReader} to know.
 */
export class JsonScanner {
  readonly bytes: Uint8Array
  protected readonly options: JsonOptions
  protected at = 0
  private readonly slice: (begin: number, end: number) => string
  private tokenBegin = 0
  private tokenEnd = 0
  private tokenIsAscii = true
  private tokenIsEscaped = false
  private tokenHasExponent = false

  /** @throws SdinspectError `format/malformed` on a byte order mark or UTF-16 */
  constructor(bytes: Uint8Array, options: JsonOptions) {
    this.bytes = bytes
    this.options = options
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

  /** An error about the byte at `offset` (default: the next one), to throw. */
  error(problem: string, offset = this.offset, code: ErrorCode = 'format/malformed'): SdinspectError {
    const where = this.options.lines
      ? lineAndColumn(this.bytes, offset - (this.options.base ?? 0))
      : `byte ${offset}`
    return new SdinspectError(code, `${this.options.what}, ${where}: ${problem}`, { offset })
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

  /** Whether the last token, a number, may be beyond a double: it is cheap to say of most that they are not. */
  protected get tokenMayOverflow(): boolean {
    return this.tokenHasExponent || this.tokenBytes > 308
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
    let hasExponent = false
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
        hasExponent = true
        const sign = bytes[at + 1] ?? -1
        at = this.digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
      }
    }
    this.token(begin, at)
    this.tokenHasExponent = hasExponent
    this.at = at
    return form
  }

  /** Skips white space and gives the next byte, unread; -1 at the end. */
  protected nextByte(): number {
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

  protected scanString(): void {
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

  protected scanWord(begin: number, word: string): number {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[begin + index] === word.charCodeAt(index)) continue
      this.at = Math.min(begin + index, this.bytes.length)
      throw this.unexpected(word)
    }
    return begin + word.length
  }

  protected token(begin: number, end: number): void {
    this.tokenBegin = begin
    this.tokenEnd = end
    this.tokenIsAscii = true
    this.tokenIsEscaped = false
  }

  protected offsetAt(index: number): number {
    return (this.options.base ?? 0) + index
  }

  protected unexpected(expected: string): SdinspectError {
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

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte)
}
