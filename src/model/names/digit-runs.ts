/** Digits allowed at each place, as pairs of first and last: `[[1, 2], [0, 9]]` is 10 to 29. */
export type DigitRun = readonly (readonly [number, number])[]

/**
 * The whole numbers from `low` to `high` (decimal texts, `low` not above `high`) as a few runs of digits, at
 * most 18 for each length: `{0..31}` is `0-9`, `1-2 0-9`, `3 0-1`. Where one of them has a leading zero, both are
 * padded to the same width.
 */
export function digitRuns(low: string, high: string): DigitRun[] {
  const padded = [low, high].some((text) => text.length > 1 && text.startsWith('0'))
  if (padded) {
    const width = Math.max(low.length, high.length)
    return sameWidth(low.padStart(width, '0'), high.padStart(width, '0'))
  }
  const runs: DigitRun[] = []
  for (let width = low.length; width <= high.length; width++) {
    const first = width === low.length ? low : `1${'0'.repeat(width - 1)}`
    const last = width === high.length ? high : '9'.repeat(width)
    runs.push(...sameWidth(first, last))
  }
  return runs
}

/** Recursion is as deep as the number is long: 15 digits at most. */
function sameWidth(low: string, high: string): DigitRun[] {
  if (low === '') return [[]]
  const first = Number(low[0])
  const last = Number(high[0])
  const rest = low.length - 1
  if (first === last)
    return sameWidth(low.slice(1), high.slice(1)).map((run): DigitRun => [[first, first], ...run])
  const any: DigitRun = Array.from({ length: rest }, () => [0, 9] as const)
  const runs: DigitRun[] = []
  let from = first
  let to = last
  if (low.slice(1) !== '0'.repeat(rest)) {
    for (const run of sameWidth(low.slice(1), '9'.repeat(rest))) runs.push([[first, first], ...run])
    from++
  }
  if (high.slice(1) !== '9'.repeat(rest)) {
    for (const run of sameWidth('0'.repeat(rest), high.slice(1))) runs.push([[last, last], ...run])
    to--
  }
  if (from <= to) runs.push([[from, to], ...any])
  return runs
}
