import { SdinspectError } from '../../errors.ts'
import { PatternCompiler, type Step } from './pattern-compiler.ts'

/** Whether a dotted name fits a pattern. */
export type Matcher = (name: string) => boolean

const longestPattern = 10_000

/**
 * The matcher of a glob over dotted names. `*` is any run of characters within a segment, `?` one such
 * character, `**` any run across segments (`**.` at the start of a segment may be nothing at all, `.**` at
 * the end is at least one character), `[a-z]` and `[!a-z]` one character of a set, `{a,b}` alternatives,
 * `{0..31}` whole numbers without leading zeros (`{00..31}` with), also among alternatives (`{0,4..11}`), `\` takes the next character as it is.
 * A pattern fits the whole name or not at all.
 *
 * The pattern becomes a machine that is in all its possible states at once: time is at most the length of
 * the name times the length of the pattern, whatever the two are.
 *
 * @param count called for each step of the machine that is entered: what a match costs
 * @throws SdinspectError `usage/pattern`, with the position in the message
 */
export function compilePattern(pattern: string, count: () => void = () => {}): Matcher {
  if (pattern.length > longestPattern)
    throw new SdinspectError(
      'usage/pattern',
      `a pattern of ${pattern.length} characters, over the ${longestPattern} allowed`,
    )
  if (isName(pattern)) return (name) => name === pattern
  const { prefix, steps } = new PatternCompiler(pattern).compile()
  const machine = new Machine(steps, count)
  return (name) => name.startsWith(prefix) && machine.fits(name, prefix.length)
}

/** Whether a pattern is a name, which fits itself and nothing else. */
export function isName(pattern: string): boolean {
  return !/[*?[\]{}\\]/.test(pattern)
}

/** The matcher of a name that fits one of `patterns`. */
export function anyPattern(
  patterns: readonly string[],
  compile: (pattern: string) => Matcher = compilePattern,
): Matcher {
  const exact = new Set(patterns.filter(isName))
  const matchers = patterns.filter((pattern) => !isName(pattern)).map((pattern) => compile(pattern))
  return (name) => exact.has(name) || matchers.some((matches) => matches(name))
}

/** Runs a machine over names. Its working memory is kept between names: most lists of names are long. */
class Machine {
  readonly #steps: readonly Step[]
  /** By step: the round it was last entered in, so that none is entered twice in one. */
  readonly #entered: Float64Array
  readonly #count: () => void
  #round = 0
  #current: number[] = []
  #next: number[] = []
  readonly #pending: number[] = []

  constructor(steps: readonly Step[], count: () => void) {
    this.#steps = steps
    this.#entered = new Float64Array(steps.length)
    this.#count = count
  }

  /** Whether the machine can be at its end when `name`, read from `from`, is. */
  fits(name: string, from: number): boolean {
    this.#current.length = 0
    this.#round++
    this.#enter(0, this.#current)
    let index = from
    while (index < name.length && this.#current.length > 0) {
      const code = name.codePointAt(index) as number
      index += code > 0xffff ? 2 : 1
      this.#round++
      this.#next.length = 0
      for (const at of this.#current) {
        const step = this.#steps[at] as Step
        if (step.at === 'set' && isIn(step.ranges, code) !== step.negated) this.#enter(at + 1, this.#next)
      }
      const spare = this.#current
      this.#current = this.#next
      this.#next = spare
    }
    return index >= name.length && this.#current.some((at) => this.#steps[at]?.at === 'end')
  }

  /** Adds the steps that read a character, or end, and that a step leads to without reading one. */
  #enter(first: number, into: number[]): void {
    const pending = this.#pending
    for (let at: number | undefined = first; at !== undefined; at = pending.pop()) {
      if (this.#entered[at] === this.#round) continue
      this.#entered[at] = this.#round
      this.#count()
      const step = this.#steps[at] as Step
      if (step.at !== 'fork') into.push(at)
      else for (const to of step.to) pending.push(to)
    }
  }
}

function isIn(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2)
    if (code >= (ranges[i] as number) && code <= (ranges[i + 1] as number)) return true
  return false
}
