import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printable } from '../../src/render/text.ts'
import { cutMiddle, displayWidth, padEnd, wrapped } from '../../src/render/width.ts'

describe('width', () => {
  test.each([
    ['abc', 3],
    ['模型', 4],
    ['ｗ', 2],
    ['한', 2],
    ['e\u0301', 1],
    ['🙂', 2],
    ['é│…', 3],
  ])('of %j is %i cells', (text, cells) => {
    expect(displayWidth(text)).toBe(cells)
  })

  test('is kept by padding and by cutting', () => {
    expect(padEnd('模', 4)).toBe('模  ')
    expect(cutMiddle('model.layers.0.self_attn.q_proj.weight', 21)).toBe('model.laye…roj.weight')
    expect(cutMiddle('模型模型', 6)).toBe('模…型')
    expect(cutMiddle('模型', 1)).toBe('…')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, cells) => {
        expect(displayWidth(cutMiddle(printable(text), cells))).toBeLessThanOrEqual(cells)
      }),
    )
  })

  test('of a wrapped line is never over, but for a word that is', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapped('incomprehensible so', 7)).toEqual(['incomprehensible', 'so'])
  })
})
