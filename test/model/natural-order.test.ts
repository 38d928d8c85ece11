import { expect, test } from 'vitest'
import { naturalCompare } from '../../src/model/names/natural-order.ts'

test('numbers in names are ordered as numbers', () => {
  const names = ['layer10', 'layer2', 'layer1', '10', '9', 'b', 'a2b10', 'a2b9', 'a', '']
  expect(names.sort(naturalCompare)).toEqual([
    '',
    '9',
    '10',
    'a',
    'a2b9',
    'a2b10',
    'b',
    'layer1',
    'layer2',
    'layer10',
  ])
})

test('numbers of any length are compared by all their digits', () => {
  expect(naturalCompare('x90071992547409931', 'x90071992547409930')).toBeGreaterThan(0)
})

test('names that differ in leading zeros only are still in one order', () => {
  expect(naturalCompare('a01', 'a1')).not.toBe(0)
  expect(naturalCompare('a1', 'a01')).toBe(-naturalCompare('a01', 'a1'))
  expect(naturalCompare('a01', 'a01')).toBe(0)
})
