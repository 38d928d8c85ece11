/** Steps spent on it; a model whose small tensors can be summed in more ways has more than one anyway. */
const mostSteps = 4_000_000

/**
 * In how many ways some of `sizes` add up to `sum`: 0, 1, or 2 for more than one. Two tensors of one size are two
 * ways. null where it would take too long to tell. Zeros are left out: they are part of no sum.
 */
export function waysToSum(sizes: Iterable<number>, sum: number): 0 | 1 | 2 | null {
  const counts = new Map<number, number>()
  for (const size of sizes) if (size > 0 && size <= sum) counts.set(size, (counts.get(size) ?? 0) + 1)
  let divisor = 0
  for (const size of counts.keys()) divisor = greatestCommonDivisor(size, divisor)
  if (sum === 0) return 1
  if (divisor === 0 || sum % divisor !== 0) return 0
  const target = sum / divisor
  let steps = 0
  for (const [size, count] of counts) steps += target * Math.min(count, Math.floor(sum / size))
  if (steps > mostSteps) return null
  // By sum: in how many ways, where 2 stands for any more.
  let ways = new Uint8Array(target + 1)
  ways[0] = 1
  for (const [size, count] of counts) {
    const unit = size / divisor
    const next = ways.slice()
    for (let taken = 1; taken <= count && taken * unit <= target; taken++) {
      // All of them can be taken in one way, some of them in several.
      const choices = taken === count ? 1 : 2
      for (let at = taken * unit; at <= target; at++) {
        const before = ways[at - taken * unit] as number
        if (before > 0) next[at] = Math.min(2, (next[at] as number) + before * choices)
      }
    }
    ways = next
  }
  return Math.min(2, ways[target] as number) as 0 | 1 | 2
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y > 0) [x, y] = [y, x % y]
  return x
}
