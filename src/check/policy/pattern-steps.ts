import { type Limits, withinLimit } from '../../limits.ts'
import { compilePattern, type Matcher } from '../../model/names/pattern.ts'

/** Compiles the patterns of a policy, and counts what all of them together cost: one for each name that is looked at, and more. */
export class PatternSteps {
  readonly #limits: Limits
  #taken = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * @throws SdinspectError `usage/pattern`
   * @returns a matcher that throws `limit/exceeded` (`patternSteps`) when the patterns have taken too much
   */
  compile(pattern: string): Matcher {
    const matches = compilePattern(pattern, () => this.#take())
    return (name) => {
      this.#take()
      return matches(name)
    }
  }

  #take(): void {
    if (++this.#taken > this.#limits.patternSteps)
      withinLimit(
        this.#limits,
        'patternSteps',
        this.#taken,
        'the work of matching the patterns of the policy',
      )
  }
}
