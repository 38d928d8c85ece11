import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteUnit, percent, percents, siblingPercents } from '../../src/render/numbers.ts'

const parts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 })

describe('the unit of a column of bytes', () => {
  it('is one in which its largest value can be read, and what is small has one of its own', () => {
    const { name, text } = byteUnit(141e9)
    expect(name).toBe('GB')
    expect([141e9, 134_217_728, 33_554_432, 16_384, 12, 0].map(text)).toEqual([
      '141.00',
      '0.13',
      '33.6 MB',
      '16.4 kB',
      '12 B',
      '0',
    ])
    expect(byteUnit(93.4e9).text(93.4e9)).toBe('93,400.0')
    expect(byteUnit(102e6).text(1_028)).toBe('1.0 kB')
  })
})

describe('percents', () => {
  it('add up to 100 where rounding each would not', () => {
    expect(percents([1, 1, 1])).toEqual(['34 %', '33 %', '33 %'])
    expect([665, 175, 160].map((part) => percent(part, 1_000))).toEqual(['67 %', '18 %', '16 %'])
    expect(percents([665, 175, 160])).toEqual(['67 %', '17 %', '16 %'])
    fc.assert(
      fc.property(parts, (all) => {
        fc.pre(all.some((part) => part > 0))
        const told = percents(all)
        fc.pre(!told.some((text) => /[<>]/.test(text)))
        expect(told.reduce((sum, text) => sum + Number.parseInt(text, 10), 0)).toBe(100)
      }),
    )
  })

  it('call nothing 0 or 100 that is not', () => {
    expect(percents([999, 1])).toEqual(['>99 %', '<1 %'])
    expect(percents([5, 0])).toEqual(['100 %', '0 %'])
    expect(percents([0, 0])).toEqual(['0 %', '0 %'])
    expect(percents([])).toEqual([])
  })
})

describe('percentages of siblings', () => {
  it('add up to no more than is said of what they are in, and those of equal ones are equal', () => {
    fc.assert(
      fc.property(parts, fc.nat(100), (all, told) => {
        const sum = all.reduce((sum, part) => sum + part, 0)
        fc.pre(sum > 0)
        const exact = all.map((part) => (part / sum) * told)
        const shown = siblingPercents(exact, told)
        expect(shown.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(told)
        shown.forEach((value, i) => {
          expect(Math.abs(value - (exact[i] as number))).toBeLessThan(1)
          expect(value).toBe(shown[exact.indexOf(exact[i] as number)])
        })
      }),
    )
  })

  it('are rounded where that is no more', () => {
    expect(siblingPercents([7.09, 36.75, 55.94, 0.22], 100)).toEqual([7, 37, 56, 0])
    expect(siblingPercents([66.7, 17.6, 15.7], 100)).toEqual([67, 17, 16])
    expect(siblingPercents([12.5, 12.5, 12.5, 62.5], 100)).toEqual([12, 12, 12, 63])
  })
})
