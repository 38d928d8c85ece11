import { describe, expect, it } from 'vitest'
import { conversionsOf, score } from '../../scripts/renames/score.ts'

const conversions = conversionsOf(new URL('../../fixtures/diff/conversions.json.gz', import.meta.url))
/** Conversions of which fewer than 95 of 100 names are found: blocks of other numbers, or norms told apart by nothing. */
const hard = /^(ResNet-50, torchvision|Stable Diffusion|RoBERTa)/

describe('renames of real conversions', () => {
  it('are of thirty and more', () => expect(conversions.length).toBeGreaterThanOrEqual(30))

  for (const conversion of conversions)
    it(`are as published: ${conversion.what}`, () => {
      const { keys, right, wrong } = score(conversion)
      expect(wrong).toEqual([])
      expect(right / keys).toBeGreaterThan(hard.test(conversion.what) ? 0 : 0.95)
    })
})
