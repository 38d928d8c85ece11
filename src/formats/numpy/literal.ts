import { SdinspectError } from '../../errors.ts'

/** What a Python literal of the header of an array comes to. Tuples and lists are told apart: a shape is a tuple. */
export type Literal = string | boolean | number | bigint | LiteralList | LiteralDict
export interface LiteralList {
  readonly kind: 'tuple' | 'list'
  readonly items: readonly Literal[]
}
export type LiteralDict = ReadonlyMap<string, Literal>

/** A structured type has a list of tuples, the types of which may be such again. */
const mostDepth = 32

/**
 * Reads the literals that NumPy writes: dicts with strings for keys, tuples, lists, plain strings, True, False and
 * integers (of Python 2 too, with an L). Nothing is evaluated, and no other spelling of Python's is taken.
 *
 * @throws SdinspectError `format/malformed`
 */
export function readLiteral(text: string): Literal {
  const reader = new LiteralReader(text)
  const value = reader.value(0)
  reader.space()
  if (!reader.isAtEnd) throw reader.wrong('more follows')
  return value
}

class LiteralReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  wrong(what: string): SdinspectError {
    return new SdinspectError(
      'format/malformed',
      `the header of the array is no literal that NumPy writes: ${what} at ${this.#at}`,
    )
  }

  space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  value(depth: number): Literal {
    if (depth > mostDepth) throw this.wrong('it nests too deeply')
    this.space()
    const first = this.#text[this.#at] ?? ''
    if (first === '{') return this.#dict(depth)
    if (first === '(') return this.#tuple(depth)
    if (first === '[') return { kind: 'list', items: this.#items(']', depth).items }
    if (first === "'" || first === '"') return this.#string(first)
    return this.#word()
  }

  #dict(depth: number): LiteralDict {
    const entries = new Map<string, Literal>()
    this.#at++
    while (!this.#ends('}')) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string') throw this.wrong('a key that is no string')
      if (entries.has(key)) throw this.wrong(`the key ${JSON.stringify(key)} for the second time`)
      this.#expect(':')
      entries.set(key, this.value(depth + 1))
      if (!this.#ends('}', true)) this.#expect(',')
    }
    return entries
  }

  /** `(3)` is no tuple, and `(3,)` is. */
  #tuple(depth: number): Literal {
    const { items, commas } = this.#items(')', depth)
    const [only] = items
    if (only !== undefined && commas === 0) return only
    return { kind: 'tuple', items }
  }

  #items(end: string, depth: number): { items: Literal[]; commas: number } {
    const items: Literal[] = []
    let commas = 0
    this.#at++
    while (!this.#ends(end)) {
      items.push(this.value(depth + 1))
      if (this.#ends(end, true)) continue
      this.#expect(',')
      commas++
    }
    return { items, commas }
  }

  /** Whether `mark` comes next; it is passed unless it is only looked at. */
  #ends(mark: string, isLook = false): boolean {
    this.space()
    if (this.#text[this.#at] !== mark) return false
    if (!isLook) this.#at++
    return true
  }

  #expect(mark: string): void {
    this.space()
    if (this.#text[this.#at] !== mark) throw this.wrong(`no ${JSON.stringify(mark)}`)
    this.#at++
  }

  #string(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1)
    const text = this.#text.slice(this.#at + 1, end)
    if (end < 0 || /[\\\n]/.test(text))
      throw this.wrong('a string that does not end on its line, or has a backslash')
    this.#at = end + 1
    return text
  }

  #word(): Literal {
    const word = /^-?[A-Za-z0-9_.+]*/.exec(this.#text.slice(this.#at, this.#at + 100))?.[0] ?? ''
    if (word === 'True' || word === 'False') {
      this.#at += word.length
      return word === 'True'
    }
    if (!/^-?(0|[1-9][0-9]*)L?$/.test(word)) throw this.wrong(word === '' ? 'nothing' : JSON.stringify(word))
    this.#at += word.length
    const value = BigInt(word.replace('L', ''))
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value
  }
}
