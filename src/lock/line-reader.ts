import { SdinspectError } from '../errors.ts'
import { labelNames, labelSize, parseLabel } from './lock-name.ts'

/** Reads one line of a lock, word by word. What it cannot read it refuses, with line and column. */
export class LineReader {
  readonly line: number
  readonly #text: string
  readonly #file: string | undefined
  #at = 0
  /** Where the last thing read began: what a refusal points at. */
  #begin = 0

  constructor(text: string, line: number, file: string | undefined) {
    this.#text = text
    this.line = line
    this.#file = file
  }

  /** The next run of characters that are no spaces; empty at the end of the line. */
  word(): string {
    this.#skipSpaces()
    const found = this.#text.indexOf(' ', this.#at)
    const end = found < 0 ? this.#text.length : found
    this.#at = end
    return this.#text.slice(this.#begin, end)
  }

  /** Whether the next word is `wanted`, which is then passed. */
  takes(wanted: string): boolean {
    const at = this.#at
    if (this.word() === wanted) return true
    this.#at = at
    return false
  }

  /** What is left of the line. */
  rest(): string {
    this.#skipSpaces()
    this.#at = this.#text.length
    return this.#text.slice(this.#begin)
  }

  end(): void {
    const rest = this.rest()
    if (rest !== '') this.refuse(`${shown(rest)} is more than the line may hold`)
  }

  /** A whole number that a double holds. */
  number(what: string): number {
    const word = this.word()
    const value = /^(?:0|[1-9][0-9]{0,15})$/.test(word) ? Number(word) : Number.NaN
    return Number.isSafeInteger(value) ? value : this.refuse(`${shown(word)} is not ${what}`)
  }

  /** One name, quoted or not. */
  name(what: string): string {
    this.#skipSpaces()
    if (this.#text[this.#at] === '"') return this.#quoted()
    const word = this.word()
    const label = parseLabel(word)
    if (label === null || label.sets.length > 0)
      return this.refuse(
        `${shown(word)} is not ${what}`,
        'names of other characters than letters, digits, "_", "-" and "." are quoted',
      )
    return word
  }

  /** The names that a folded or quoted name stands for, at most `room`. */
  names(room: number): string[] {
    this.#skipSpaces()
    if (this.#text[this.#at] === '"') return [this.#quoted()]
    const word = this.word()
    const label = parseLabel(word)
    if (label === null)
      return this.refuse(
        `${shown(word)} is no name of tensors`,
        'sets are {0..31} or {0,2,4..30}, ascending; other names are quoted',
      )
    const size = labelSize(label)
    if (size > room)
      throw new SdinspectError(
        'limit/exceeded',
        `line ${this.line}, column ${this.#begin + 1}: ${shown(word)} stands for ${size} tensors, over the limit lockTensors with those before`,
        { file: this.#file, hint: 'raise it with --limit lockTensors=N if you trust the lock' },
      )
    return labelNames(label)
  }

  /** `[4096, 4096]`. */
  shape(): number[] {
    this.#skipSpaces()
    const close = this.#text.indexOf(']', this.#at)
    if (this.#text[this.#at] !== '[' || close < 0) return this.refuse('there is no shape like "[4096, 4096]"')
    const inside = this.#text.slice(this.#at + 1, close)
    this.#at = close + 1
    if (inside === '') return []
    const texts = inside.split(', ')
    // A tensor without elements may have any sizes besides its 0, as files may say them.
    const isEmpty = texts.includes('0')
    let elements = 1
    return texts.map((text) => {
      const size = /^(?:0|[1-9][0-9]{0,19})$/.test(text) ? Number(text) : Number.NaN
      elements *= size
      return (isEmpty ? !Number.isNaN(size) : Number.isSafeInteger(elements))
        ? size
        : this.refuse(`${shown(text)} is no size of a dimension`)
    })
  }

  refuse(message: string, hint?: string): never {
    throw new SdinspectError('usage/lock', `line ${this.line}, column ${this.#begin + 1}: ${message}`, {
      file: this.#file,
      hint,
    })
  }

  #quoted(): string {
    let end = this.#at + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    if (this.#text[end] !== '"') this.refuse('the quote is never closed')
    const raw = this.#text.slice(this.#at, end + 1)
    this.#at = end + 1
    if (this.#at < this.#text.length && this.#text[this.#at] !== ' ')
      this.refuse('the closing quote is not followed by a space')
    try {
      return JSON.parse(raw) as string
    } catch {
      return this.refuse(`${shown(raw)} is no JSON string`)
    }
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
    this.#begin = this.#at
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 79)}…`)
}
