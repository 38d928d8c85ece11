import type { CountingCode } from './instrument.ts'

/**
 * Counts of what the instrumented code runs, in one array, and what was ever seen of them: of each counter, in which
 * powers of two it has counted. An input is new when a counter counts in a power that it never did.
 */
export class Counters {
  readonly #counts: Uint32Array
  readonly #seen: Uint32Array
  readonly #statements: number

  /** Puts the counters where the instrumented code looks for them. It has to be loaded afterwards. */
  constructor({ key, hash, statements, functions, branches }: CountingCode) {
    const length = branches.reduce((sum, ways) => sum + ways, statements + functions)
    this.#counts = new Uint32Array(length)
    this.#seen = new Uint32Array(length)
    this.#statements = statements
    let at = statements + functions
    const b = branches.map((length) => {
      at += length
      return this.#counts.subarray(at - length, at)
    })
    const f = this.#counts.subarray(statements, statements + functions)
    const coverage = { path: key, hash, s: this.#counts.subarray(0, statements), f, b }
    Object.assign(globalThis, { __coverage__: { [key]: coverage } })
  }

  begin(): void {
    this.#counts.fill(0)
  }

  /** Statements run since `begin`, and whether some count was never seen before. */
  end(): { readonly steps: number; readonly isNew: boolean } {
    let steps = 0
    let isNew = false
    for (let at = 0; at < this.#counts.length; at++) {
      const count = this.#counts[at] as number
      if (count === 0) continue
      if (at < this.#statements) steps += count
      const power = 1 << (31 - Math.clz32(count))
      const seen = this.#seen[at] as number
      if ((seen & power) !== 0) continue
      this.#seen[at] = seen | power
      isNew = true
    }
    return { steps, isNew }
  }

  /** Which counters have ever counted. */
  get reached(): boolean[] {
    return Array.from(this.#seen, (powers) => powers !== 0)
  }
}
