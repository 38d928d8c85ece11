import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waysToSum } from '../../src/evidence/carry/subset-sums.ts'

/** Every choice of the sizes, tried. */
function byTrying(sizes: readonly number[], sum: number): number {
  let ways = 0
  for (let choice = 0; choice < 2 ** sizes.length; choice++) {
    let total = 0
    for (let i = 0; i < sizes.length; i++) if (choice & (1 << i)) total += sizes[i] as number
    if (total === sum) ways++
  }
  return Math.min(2, ways)
}

describe('the ways in which sizes add up to a sum', () => {
  it('are those that trying all choices finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 9 }),
        fc.integer({ min: 0, max: 40 }),
        (sizes, sum) => waysToSum(sizes, sum) === byTrying(sizes, sum),
      ),
      { numRuns: 2_000 },
    )
  })

  it('are not counted where that would take long', () => {
    expect(waysToSum([999_983, 999_979, 1, 2, 3], 1_999_962)).toBeNull()
    expect(waysToSum([999_983_000, 5_000], 5_000)).toBe(1)
  })
})
