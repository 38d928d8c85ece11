import { defaultLimits, LongNames } from '../limits.ts'
import { isDigit } from './json-escape.ts'
import { type JsonOptions, JsonScanner } from './json-scanner.ts'

export type { JsonOptions } from './json-scanner.ts'

/** What the next value is, by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/**
 * Reads JSON (RFC 8259, strictly) a value at a time, in one pass, without building anything: the caller asks
 * for what it expects and turns into strings and numbers only what it keeps.
 *
 * ```ts
 * reader.beginObject()
 * while (reader.nextKey()) if (reader.tokenIs(shape)) readShape(reader); else reader.skipValue()
 * reader.end()
 * ```
 *
 * Every byte passed over is checked: UTF-8, escapes, lone surrogates, control characters, number syntax.
 * Time and memory are linear in the bytes read, nesting costs no stack. Duplicate keys are the caller's.
 */
export class JsonReader extends JsonScanner {
  private readonly maxDepth: number
  private readonly longNames: LongNames
  private nesting = 0
  /** Just inside a container: the next thing is its first member, or its end. */
  private fresh = false

  /** @throws SdinspectError `format/malformed` on a byte order mark or UTF-16 */
  constructor(bytes: Uint8Array, options: JsonOptions) {
    super(bytes, options)
    this.maxDepth = options.depth ?? defaultLimits.jsonDepth
    this.longNames = new LongNames({
      ...defaultLimits,
      longNames: options.longNames ?? defaultLimits.longNames,
    })
  }

  /** Containers open around the next value. */
  get depth(): number {
    return this.nesting
  }

  /** The index of the next unread byte, for a caller who reads on by itself. */
  get index(): number {
    return this.at
  }

  /** Goes on at `index`, after whole members of the open container that the caller has read itself. */
  resume(index: number): void {
    if (index === this.at) return
    this.at = index
    this.fresh = false
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
    this.fresh = false
    this.scanString()
    this.longNames.take(this.tokenBytes)
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
      return value
    }
    return this.unsignedSlowly()
  }

  /** The next value, a number: exact where it is an integer, else the nearest double. */
  number(): number | bigint {
    const form = this.scanNumber()
    const digits = this.tokenBytes
    if (form === 'nonfinite') return Number(this.text())
    if (form === 'real') return this.finite()
    if (digits <= 15) return Number(this.text())
    const limit = this.options.integerDigits ?? defaultLimits.integerDigits
    if (digits > limit)
      throw this.error(
        `an integer of ${digits} digits, over the limit integerDigits=${limit}`,
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
          if (this.scanNumber() !== 'nonfinite' && this.tokenMayOverflow) this.finite()
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

  private open(byte: number, expected: string): void {
    if (this.nextByte() !== byte) throw this.unexpected(expected)
    if (++this.nesting > this.maxDepth)
      throw this.error(
        this.options.tooDeep === undefined
          ? `nested more than ${this.maxDepth} deep, over the limit jsonDepth=${this.maxDepth}`
          : `nests deeper than ${this.maxDepth}, ${this.options.tooDeep.because}`,
        this.offset,
        this.options.tooDeep?.code ?? 'limit/exceeded',
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

  /** The last token, a number, as a double. */
  private finite(): number {
    const value = Number(this.text())
    if (Number.isFinite(value)) return value
    throw this.error(`the number ${cut(this.text())} is beyond a double`, this.tokenOffset)
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
  }
}

function cut(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 24)}…${text.slice(-8)} (${text.length} characters)`
}
