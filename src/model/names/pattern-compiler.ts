import { SdinspectError } from '../../errors.ts'
import { digitRuns } from './digit-runs.ts'

/**
 * One step of the matching machine: a character from a set leads to the next step, a fork to several at
 * once. Sets are sorted pairs of first and last code point.
 */
export type Step =
  | { readonly at: 'set'; readonly ranges: readonly number[]; readonly negated: boolean }
  | { readonly at: 'fork'; readonly to: number[] }
  | { readonly at: 'end' }

const deepestBraces = 32
const dot = 0x2e

/** Reads a pattern once, front to back, and emits the steps of its machine. */
export class PatternCompiler {
  readonly #pattern: string
  readonly #steps: Step[] = []
  #position = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  compile(): { prefix: string; steps: readonly Step[] } {
    const prefix = /^(?:[^*?[\]{}\\.]*\.)*(?![*])/.exec(this.#pattern)?.[0] ?? ''
    // `**.` looks at the character before it, so the prefix ends after a dot only where no `**` follows.
    this.#position = prefix.length
    this.#sequence(0)
    if (this.#position < this.#pattern.length) this.#refuse('"}" closes nothing', this.#position)
    this.#steps.push({ at: 'end' })
    return { prefix, steps: this.#steps }
  }

  #sequence(depth: number): void {
    while (this.#position < this.#pattern.length) {
      const character = this.#pattern[this.#position] as string
      if (character === '}' || (character === ',' && depth > 0)) return
      if (character === '*') this.#stars()
      else if (character === '?') this.#one([dot, dot], true, 1)
      else if (character === '[') this.#set()
      else if (character === '{') this.#braces(depth + 1)
      else this.#literal()
    }
  }

  #literal(): void {
    if (this.#pattern[this.#position] === '\\') {
      this.#position++
      if (this.#position === this.#pattern.length)
        this.#refuse('"\\" is followed by nothing', this.#position - 1)
    }
    const code = this.#pattern.codePointAt(this.#position) as number
    this.#one([code, code], false, code > 0xffff ? 2 : 1)
  }

  #one(ranges: readonly number[], negated: boolean, consumed: number): void {
    this.#steps.push({ at: 'set', ranges, negated })
    this.#position += consumed
  }

  #stars(): void {
    const before = this.#pattern[this.#position - 1]
    const begin = this.#position
    while (this.#pattern[this.#position] === '*') this.#position++
    const after = this.#pattern[this.#position]
    if (this.#position - begin === 1) {
      this.#repeat([dot, dot])
      return
    }
    const opens = before === undefined || before === '.' || before === '{' || before === ','
    if (opens && after === '.') {
      // Nothing, or any run and its dot.
      const skip = this.#fork()
      this.#repeat([])
      this.#one([dot, dot], false, 1)
      skip.push(this.#steps.length)
      return
    }
    if (before === '.' && (after === undefined || after === ',' || after === '}')) this.#one([], true, 0)
    this.#repeat([])
  }

  /** Any number of characters outside `ranges`. */
  #repeat(ranges: readonly number[]): void {
    const start = this.#steps.length
    const past = this.#fork()
    this.#one(ranges, true, 0)
    this.#steps.push({ at: 'fork', to: [start] })
    past.push(this.#steps.length)
  }

  /** A fork to the step after it; the caller adds where else. */
  #fork(): number[] {
    const to = [this.#steps.length + 1]
    this.#steps.push({ at: 'fork', to })
    return to
  }

  #set(): void {
    const begin = this.#position++
    const sign = this.#pattern[this.#position]
    const negated = sign === '!' || sign === '^'
    if (negated) this.#position++
    const ranges: number[] = []
    for (let first = true; ; first = false) {
      if (this.#position >= this.#pattern.length) this.#refuse('"[" is never closed', begin)
      if (this.#pattern[this.#position] === ']' && !first) break
      const low = this.#setCharacter(begin)
      let high = low
      if (this.#pattern[this.#position] === '-' && this.#pattern[this.#position + 1] !== ']') {
        this.#position++
        high = this.#setCharacter(begin)
        if (high < low) this.#refuse('a range of characters runs backwards', this.#position - 1)
      }
      ranges.push(low, high)
    }
    if (negated) ranges.push(dot, dot)
    this.#one(ranges, negated, 1)
  }

  #setCharacter(begin: number): number {
    if (this.#pattern[this.#position] === '\\') this.#position++
    const code = this.#pattern.codePointAt(this.#position)
    if (code === undefined) return this.#refuse('"[" is never closed', begin)
    this.#position += code > 0xffff ? 2 : 1
    return code
  }

  #braces(depth: number): void {
    const begin = this.#position
    if (depth > deepestBraces) this.#refuse(`braces are nested deeper than ${deepestBraces}`, begin)
    this.#position++
    const ends: number[][] = []
    for (;;) {
      const next = this.#fork()
      if (!this.#range(begin)) this.#sequence(depth)
      ends.push(this.#jump())
      next.push(this.#steps.length)
      const character = this.#pattern[this.#position]
      if (character === undefined) this.#refuse('"{" is never closed', begin)
      this.#position++
      if (character === '}') break
    }
    this.#join(ends)
  }

  /** `4..11` where it is all of an alternative. */
  #range(brace: number): boolean {
    if (/^\.\.\.[,}]/.test(this.#pattern.slice(this.#position, this.#position + 4)))
      this.#refuse('"..." stands for numbers that were left out: name them, as 4..11', this.#position)
    const begin = this.#position
    const range = /^(\d{1,15})\.\.(\d{1,15})(?=[,}])/.exec(this.#pattern.slice(begin, begin + 33))
    if (range === null) return false
    this.#position += range[0].length
    this.#numbers(range[1] as string, range[2] as string, brace)
    return true
  }

  #numbers(low: string, high: string, begin: number): void {
    if (Number(low) > Number(high)) this.#refuse('a range of numbers runs backwards', begin)
    const ends: number[][] = []
    for (const run of digitRuns(low, high)) {
      const next = this.#fork()
      for (const [first, last] of run) this.#one([0x30 + first, 0x30 + last], false, 0)
      ends.push(this.#jump())
      next.push(this.#steps.length)
    }
    this.#join(ends)
  }

  #jump(): number[] {
    const to: number[] = []
    this.#steps.push({ at: 'fork', to })
    return to
  }

  /** Closes alternatives: the way past the last one leads nowhere, the others lead on from here. */
  #join(ends: readonly number[][]): void {
    this.#steps.push({ at: 'fork', to: [] })
    for (const end of ends) end.push(this.#steps.length)
  }

  #refuse(problem: string, position: number): never {
    const shown = this.#pattern.length > 200 ? `${this.#pattern.slice(0, 200)}…` : this.#pattern
    throw new SdinspectError(
      'usage/pattern',
      `pattern ${JSON.stringify(shown)}: ${problem}, at character ${position + 1}`,
      { hint: 'a character with a meaning of its own is taken as it is after a "\\"' },
    )
  }
}
