/** One thing that is fuzzed. Add it to the list in `targets/index.ts`. */
export interface Target {
  readonly name: string
  /** What an input is. One phrase. */
  readonly input: string
  /** Files and folders of `src/` that it is about: whose coverage is told. */
  readonly about: readonly string[]
  /** Inputs to begin with: paths below `fixtures/`. */
  readonly seeds: readonly string[]
  /** What a run makes of the bytes of a seed; the bytes themselves by default. */
  prepare?(bytes: Uint8Array): Uint8Array
  /**
   * Reads an input. It may be refused; anything else than a refusal with a code is thrown, and so is a fact that does
   * not hold.
   */
  run(input: Uint8Array): Promise<void>
}

/** A fact that does not hold of what was made of an input. */
export class BrokenFact extends Error {
  override readonly name = 'BrokenFact'
}

/** @throws BrokenFact */
export function holds(fact: string, a: unknown, b: unknown): void {
  const [left, right] = [text(a), text(b)]
  if (left !== right) throw new BrokenFact(`${fact}: ${left.slice(0, 2_000)} and ${right.slice(0, 2_000)}`)
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (one instanceof Map) return [...one]
    return typeof one === 'bigint' ? String(one) : one
  })
}
