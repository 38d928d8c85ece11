import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import { numberSet } from '../../src/model/modules/fold.ts'
import { anyPattern, compilePattern } from '../../src/model/names/pattern.ts'
import { anyText } from '../helpers/any-text.ts'

/** Pattern, names it fits, names it does not. */
const cases: readonly [string, readonly string[], readonly string[]][] = [
  ['fc.weight', ['fc.weight'], ['fc.weigh', 'fc.weights', 'xfc.weight', 'fcXweight']],
  ['', [''], ['a']],
  ['*', ['a', 'weight', ''], ['a.b', '.']],
  ['*.weight', ['fc.weight', '.weight'], ['a.fc.weight', 'weight']],
  ['a.*.c', ['a.b.c', 'a..c'], ['a.c', 'a.b.b.c']],
  ['a*c', ['ac', 'abc', 'abbbc'], ['a.c', 'abcd']],
  ['**', ['', 'a', 'a.b.c'], []],
  ['**.weight', ['weight', 'a.weight', 'a.b.weight'], ['aweight', 'a.xweight', 'a.weight.b']],
  ['a.**.z', ['a.z', 'a.b.z', 'a.b.c.z'], ['az', 'a.bz', 'z']],
  ['a.**', ['a.b', 'a.b.c'], ['a', 'a.', 'ab']],
  ['**bias', ['bias', 'a.bias', 'a.xbias'], ['a.bias.b']],
  ['l**r', ['lr', 'l.x.rr'], ['l', 'l.x.s']],
  ['layer?.w', ['layer0.w', 'layerx.w', 'layer𝒳.w'], ['layer.w', 'layer10.w', 'layer..w']],
  ['a.?.b', ['a.x.b'], ['a...b', 'a..b']],
  ['x[0-9]', ['x0', 'x9'], ['x', 'xa', 'x10']],
  ['x[!0-9]', ['xa'], ['x1', 'x.', 'x']],
  ['x[^ab]', ['xc'], ['xa', 'x.']],
  ['x[.]y', ['x.y'], ['xy', 'x-y']],
  ['x[]a]', ['x]', 'xa'], ['x']],
  ['x[a-]', ['x-', 'xa'], ['xb']],
  ['{a,b}.c', ['a.c', 'b.c'], ['c', 'ab.c', '{a,b}.c']],
  ['{a,}b', ['ab', 'b'], ['aab', 'a']],
  ['{a,{b,c}d}*', ['a', 'bd', 'cdx'], ['b', 'c']],
  ['{*.x,y.**}', ['a.x', 'y.a.b'], ['a.b.x', 'y']],
  ['l.{0..31}.w', ['l.0.w', 'l.9.w', 'l.10.w', 'l.31.w'], ['l.32.w', 'l.03.w', 'l..w', 'l.100.w', 'l.3.1.w']],
  [
    'l.{0,2,4..11,x}.w',
    ['l.0.w', 'l.2.w', 'l.4.w', 'l.9.w', 'l.11.w', 'l.x.w'],
    ['l.1.w', 'l.3.w', 'l.12.w', 'l.4..11.w', 'l.04.w'],
  ],
  ['{00..31}', ['00', '07', '31'], ['7', '32', '007']],
  ['{8..8}', ['8'], ['7', '9', '88']],
  ['{95..1203}', ['95', '99', '100', '999', '1000', '1203'], ['94', '1204', '095', '9']],
  ['a\\*b', ['a*b'], ['axb', 'ab']],
  ['\\{x\\}', ['{x}'], ['x']],
  ['a,b', ['a,b'], ['a']],
  ['constructor', ['constructor'], ['__proto__']],
  ['a.b{,.c}', ['a.b', 'a.b.c'], ['a.bc']],
]

describe('compilePattern', () => {
  for (const [pattern, fits, fitsNot] of cases)
    it(`reads ${JSON.stringify(pattern)} as a glob over dotted names`, () => {
      const matches = compilePattern(pattern)
      expect(fits.filter((name) => !matches(name))).toEqual([])
      expect(fitsNot.filter(matches)).toEqual([])
    })

  it('takes a number range for exactly its numbers', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), fc.nat(2500), (a, b, probe) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        return compilePattern(`x{${low}..${high}}`)(`x${probe}`) === (probe >= low && probe <= high)
      }),
    )
  })

  it('fits what the tree shows as one set of numbers, and no other number', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(40), { minLength: 2 }), (numbers) => {
        const set = numberSet(numbers.map(String))
        fc.pre(!set.includes('...'))
        const matches = compilePattern(`layers.${set}.weight`)
        for (let i = 0; i <= 41; i++) expect(matches(`layers.${i}.weight`)).toBe(numbers.includes(i))
      }),
    )
  })

  it('says where a pattern goes wrong', () => {
    const wrong: readonly [string, string][] = [
      ['a.[0-9', '"[" is never closed, at character 3'],
      ['a.{b,c', '"{" is never closed, at character 3'],
      ['a}', '"}" closes nothing, at character 2'],
      ['a\\', '"\\" is followed by nothing, at character 2'],
      ['{9..3}', 'a range of numbers runs backwards, at character 1'],
      ['{1,9..3}', 'a range of numbers runs backwards, at character 1'],
      ['l.{0,2,...,30}', '"..." stands for numbers that were left out: name them, as 4..11, at character 8'],
      ['[z-a]', 'a range of characters runs backwards'],
      ['[\\', '"[" is never closed'],
      ['{'.repeat(40), 'nested deeper than 32'],
      ['a'.repeat(10_001), 'over the 10000 allowed'],
    ]
    for (const [pattern, message] of wrong) {
      let error: unknown
      try {
        compilePattern(pattern)
      } catch (caught) {
        error = caught
      }
      expect(isSdinspectError(error, 'usage/pattern'), pattern).toBe(true)
      expect((error as Error).message).toContain(message)
    }
  })

  it('takes time in proportion to the name for the patterns that make backtracking explode', () => {
    const name = 'a'.repeat(100_000)
    expect(compilePattern('*a*a*a*a*a*a*a*b')(name)).toBe(false)
    expect(compilePattern(`${'{a,a}'.repeat(30)}*c`)(name)).toBe(false)
    expect(compilePattern(`**${'.**'.repeat(50)}x`)('a.'.repeat(20_000))).toBe(false)
    expect(compilePattern('{0..999999999999999}')('123456789012345')).toBe(true)
  })

  it('never throws anything but usage/pattern, and answers for any name', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab.*?[]{},!-\\09…𝒳') })
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        try {
          compilePattern(pattern)(name)
        } catch (error) {
          expect(isSdinspectError(error, 'usage/pattern')).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('fits a name that is escaped character by character', () => {
    fc.assert(
      fc.property(anyText(), (name) => {
        const pattern = [...name].map((character) => `\\${character}`).join('')
        return pattern.length > 10_000 || compilePattern(pattern)(name)
      }),
    )
  })
})

describe('anyPattern', () => {
  it('fits what one of its patterns fits', () => {
    const matches = anyPattern(['*.bias', 'fc.*'])
    expect(['a.bias', 'fc.weight', 'a.weight'].map(matches)).toEqual([true, true, false])
    expect(anyPattern([])('a')).toBe(false)
  })
})
