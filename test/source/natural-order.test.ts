import fc from 'fast-check'
import { expect, it } from 'vitest'
import { naturalOrder } from '../../src/source/natural-order.ts'

it('counts as people do', () => {
  expect(['l.10', 'l.2', 'l', 'l.1', 'k', 'l.2.a', 'l.02'].sort(naturalOrder)).toEqual([
    'k',
    'l',
    'l.1',
    'l.02',
    'l.2',
    'l.2.a',
    'l.10',
  ])
})

it('compares numbers longer than a double is exact', () => {
  expect(naturalOrder('9007199254740993', '9007199254740992')).toBeGreaterThan(0)
})

it('is a total order', () => {
  const name = fc.string({ unit: fc.constantFrom('0', '1', '2', '10', 'a', 'b', '.'), maxLength: 6 })
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(naturalOrder(a, b)) + Math.sign(naturalOrder(b, a))).toBe(0)
      expect(naturalOrder(a, b) === 0).toBe(a === b)
      const [x, y, z] = [a, b, c].sort(naturalOrder) as [string, string, string]
      expect(naturalOrder(x, z)).toBeLessThanOrEqual(0)
      expect(naturalOrder(x, y)).toBeLessThanOrEqual(0)
    }),
  )
})
