import type { Sample } from './measure.ts'

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A number for the time of the clock and one for the time of the processor, where it is known. */
export interface Both {
  readonly wall: number
  readonly cpu: number | null
}

/** The median over the rounds of what `of` makes of the samples of each. */
export function over(rounds: readonly (readonly Sample[])[], of: (...values: number[]) => number): Both {
  const count = Math.min(...rounds.map((samples) => samples.length))
  const each = (part: 'wall' | 'cpu') =>
    Array.from({ length: count }, (_, round) => {
      const values = rounds.map((samples) => samples[round]?.[part])
      return values.every((value) => typeof value === 'number') ? of(...values) : null
    })
  const cpu = each('cpu').filter((value) => value !== null)
  return {
    wall: median(each('wall').filter((value) => value !== null)),
    cpu: cpu.length === 0 ? null : median(cpu),
  }
}

export const typical = (samples: readonly Sample[]): Both => over([samples], (value) => value)

/** `samples` over `base`, pair by pair. */
export const ratio = (samples: readonly Sample[], base: readonly Sample[]): Both =>
  over([samples, base], (value, other) => value / other)

/**
 * How cost grows beyond a start: 1 is linear, 2 quadratic. `small` and `large` are of work that differs by `factor`.
 */
export const exponent = (
  start: readonly Sample[],
  small: readonly Sample[],
  large: readonly Sample[],
  factor: number,
): Both =>
  over(
    [start, small, large],
    (none, one, many) => Math.log(Math.max(many - none, 0.1) / Math.max(one - none, 0.1)) / Math.log(factor),
  )
