import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sampleSlices } from '../../../src/values/statistics/slices.ts'
import type { ValueItem } from '../../../src/values/statistics/statistics-plan.ts'

const itemOf = (elements: number, isRun = true): ValueItem => ({
  index: 0,
  dtype: 'BF16',
  shape: [elements],
  elements,
  bytes: elements * 2,
  isRun,
})

it('takes the beginning, the end and what lies evenly between, whole blocks, each byte once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000_000 }), (elements) => {
      const slices = sampleSlices([itemOf(elements)], 1 << 20)
      const bytes = slices.reduce((sum, { from, to }) => sum + to - from, 0)
      expect(slices[0]?.from).toBe(0)
      expect(slices.at(-1)?.to).toBe(elements * 2)
      expect(bytes).toBeLessThanOrEqual(Math.max(1 << 20, 0))
      let end = -1
      for (const { from, to } of slices) {
        expect(from).toBeGreaterThanOrEqual(end)
        expect(from % 8_192).toBe(0)
        end = to
      }
      if (elements * 2 <= 1 << 20) expect(slices).toHaveLength(1)
      else expect(bytes).toBeGreaterThan((1 << 20) * 0.9)
    }),
  )
})

it('takes all of what cannot be read in pieces', () => {
  expect(sampleSlices([itemOf(10_000_000, false)], 1 << 20)).toEqual([{ item: 0, from: 0, to: 20_000_000 }])
})
