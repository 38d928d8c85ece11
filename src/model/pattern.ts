import { SdinspectError } from '../errors.ts'
import { PatternCompiler, type Step } from './pattern-compiler.ts'

/** Whether a dotted name fits a pattern. */
export type Matcher = (name: string) => boolean

const longestPattern = 10_000

/**
 * The matcher of a glob over dotted names. `*` is any run of characters within a segment, `?` one such
 * character, `**` any run across segments (`**.` at the start of a segment may be nothing at all, `.**` at
 * the end is at least one character), `[a-z]` and `[!a-z]` one character of a set, `{a,b}` alternatives,
 * `{0..31}` whole numbers without leading zeros (`{00..31}` with), `\` takes the next character as it is.
 * A pattern fits the whole name or not at all.
 *
 * The pattern becomes a machine that is in all its possible states at once: time is at most the length of
 * the name times the length of the pattern, whatever the two are.
 *
 * @throws SdinspectError `usage/pattern`, with the position in the message
 */
export function compilePattern(pattern: string): Matcher {
  if (pattern.length > longestPattern)
    throw new SdinspectError(
      'usage/pattern',
      `a pattern of ${pattern.length} characters, over the ${longestPattern} allowed`,
    )
  if (!/[*?[\]{}\\]/.test(pattern)) return (name) => name === pattern
  const { prefix, steps } = new PatternCompiler(pattern).compile()
  return (name) => name.startsWith(prefix) && runs(steps, name, prefix.length)
}

/** The matcher of a name that fits one of `patterns`. */
export function anyPattern(patterns: readonly string[]): Matcher {
  const matchers = patterns.map(compilePattern)
  return (name) => matchers.some((matches) => matches(name))
}

/** Whether the machine can be at its end when `name` is, starting at `from`. */
function runs(steps: readonly Step[], name: string, from: number): boolean {
  let current: number[] = []
  let next: number[] = []
  // By step: the round it was entered in, so that none is entered twice.
  const entered = new Int32Array(steps.length).fill(-1)
  enter(steps, 0, current, entered, from)
  let index = from
  while (index < name.length && current.length > 0) {
    const code = name.codePointAt(index) as number
    index += code > 0xffff ? 2 : 1
    next = []
    for (const at of current) {
      const step = steps[at] as Step
      if (step.at === 'set' && isIn(step.ranges, code) !== step.negated)
        enter(steps, at + 1, next, entered, index)
    }
    current = next
  }
  return index >= name.length && current.some((at) => steps[at]?.at === 'end')
}

function enter(
  steps: readonly Step[],
  first: number,
  into: number[],
  entered: Int32Array,
  round: number,
): void {
  if (entered[first] === round) return
  const pending = [first]
  while (pending.length > 0) {
    const at = pending.pop() as number
    if (entered[at] === round) continue
    entered[at] = round
    const step = steps[at] as Step
    if (step.at === 'fork') pending.push(...step.to)
    else into.push(at)
  }
}

function isIn(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2)
    if (code >= (ranges[i] as number) && code <= (ranges[i + 1] as number)) return true
  return false
}
