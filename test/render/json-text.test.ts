import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json, jsonLine } from '../../src/render/json-text.ts'
import { nastyNames } from '../helpers/nasty-names.ts'

const text = (value: unknown): string => [...json(value)].join('')
const line = (value: unknown): string => [...jsonLine(value)].join('')

describe('json', () => {
  it('says any plain value as JSON.parse reads it back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(text(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(JSON.parse(line(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
  })

  it('gives objects of lists of objects a line a field and each object in them a line', () => {
    const value = { a: 1, shape: [2, 3], list: [{ name: 'x', shape: [1] }, { name: 'y' }], none: [] }
    expect(text(value)).toBe(`{
  "a": 1,
  "shape": [2,3],
  "list": [
    {"name":"x","shape":[1]},
    {"name":"y"}
  ],
  "none": []
}
`)
    expect(line(value)).toBe(
      '{"a":1,"shape":[2,3],"list":[{"name":"x","shape":[1]},{"name":"y"}],"none":[]}\n',
    )
  })

  it('writes integers beyond 2^53, NaN and infinities as strings, never as null', () => {
    const value = {
      big: 2n ** 60n,
      small: -(2n ** 60n),
      exact: 9007199254740991n,
      list: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    }
    expect(JSON.parse(text(value))).toEqual({
      big: '1152921504606846976',
      small: '-1152921504606846976',
      exact: 9007199254740991,
      list: ['NaN', 'Infinity', '-Infinity'],
    })
  })

  it('writes Maps as objects in their order and keeps a key called __proto__', () => {
    const value = {
      metadata: new Map<string, unknown>([
        ['b', '1'],
        ['__proto__', new Map([['constructor', [1n, null, true]]])],
        ['a', '2'],
      ]),
    }
    const read = JSON.parse(text(value)).metadata
    expect(Object.keys(read)).toEqual(['b', '__proto__', 'a'])
    expect(Object.getOwnPropertyDescriptor(read, '__proto__')?.value).toEqual({
      constructor: [1, null, true],
    })
    expect(text(value)).toContain('"__proto__":{"constructor":[1,null,true]}')
  })

  it('leaves out fields that are undefined', () => {
    expect(text({ a: undefined, b: new Map([['c', undefined]]), d: 1 })).toBe('{"b":{},"d":1}\n')
  })

  it('is well-formed, one line a record, and does nothing to a terminal or a log, whatever the names', () => {
    for (const name of nastyNames) {
      const value = { name, list: [{ [name]: name }], map: new Map([[name, name]]) }
      for (const written of [text(value), line(value)]) {
        const read = JSON.parse(written)
        expect(read.name).toBe(name)
        expect(Object.getOwnPropertyDescriptor(read.map, name)?.value).toBe(name)
        expect(written).not.toMatch(/\p{Cs}/u)
        expect(written).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\u200b]|##|^\s*::/m)
      }
      expect(line(value).indexOf('\n')).toBe(line(value).length - 1)
    }
  })

  it('writes nesting of any depth without running out of stack, in space proportional to it', () => {
    let nested: unknown = { modules: [] }
    for (let depth = 0; depth < 100_000; depth++) nested = { name: 'm', modules: [nested] }
    let length = 0
    for (const piece of json(nested)) length += piece.length
    expect(length).toBeLessThan(100_000 * 250)
  })

  it('comes in pieces: no piece grows with the number of tensors', () => {
    const tensors = Array.from({ length: 20_000 }, (_, i) => ({ name: `layer.${i}`, shape: [i, 1] }))
    let longest = 0
    for (const piece of json({ tensors })) longest = Math.max(longest, piece.length)
    expect(longest).toBeLessThan(200)
  })
})
