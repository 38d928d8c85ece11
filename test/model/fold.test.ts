import { describe, expect, test } from 'vitest'
import { foldSiblings, numberSet } from '../../src/model/modules/fold.ts'

const labels = (names: string[], identityOf: (name: string) => number = () => 0) =>
  foldSiblings(names, (name) => name, identityOf).map(({ label, members }) => [label, members.length])

describe('siblings', () => {
  test('that are identical and numbered fold into one', () => {
    expect(labels(['0', '1', '2', '3', 'norm'])).toEqual([
      ['{0..3}', 4],
      ['norm', 1],
    ])
  })

  test('that differ stay apart, and say which', () => {
    expect(labels(['0', '1', '2', '3', '4', '5'], (name) => (name === '1' || name === '3' ? 1 : 0))).toEqual([
      ['{0,2,4,5}', 4],
      ['{1,3}', 2],
    ])
  })

  test('keep the order of their first members', () => {
    expect(labels(['b', '0', 'a', '1', 'c9'])).toEqual([
      ['b', 1],
      ['{0,1}', 2],
      ['a', 1],
      ['c9', 1],
    ])
  })

  test('that are too few to fold stay where they are', () => {
    expect(labels(['conv1', 'bn1', 'conv2', 'bn2']).map(([label]) => label)).toEqual([
      'conv1',
      'bn1',
      'conv2',
      'bn2',
    ])
  })

  test('with a word before the number fold from three on', () => {
    expect(labels(['conv1', 'conv2', 'bn1', 'bn2', 'bn3'])).toEqual([
      ['conv1', 1],
      ['conv2', 1],
      ['bn{1..3}', 3],
    ])
  })

  test('with two numbers show both sets when every combination is there, and a star when not', () => {
    expect(labels(['down_0_at_0', 'down_0_at_1', 'down_1_at_0', 'down_1_at_1'])).toEqual([
      ['down_{0,1}_at_{0,1}', 4],
    ])
    expect(labels(['down_0_at_0', 'down_0_at_1', 'down_1_at_0'])).toEqual([['down_*_at_*', 3]])
  })

  test('named like something of ours never fold', () => {
    expect(labels(['{0}', '{1}', '{2}', 'a b1', 'a b2', 'a b3'])).toHaveLength(6)
  })

  test('with numbers too long to be exact never fold', () => {
    expect(labels(['90071992547409931', '90071992547409932'])).toHaveLength(2)
  })

  test('called __proto__ and constructor are siblings like any other', () => {
    expect(labels(['__proto__', 'constructor', '0', '1'])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
      ['{0,1}', 2],
    ])
  })
})

test('a set leaves out its middle when it has many parts', () => {
  expect(numberSet(['2', '0', '4', '5', '6', '30'])).toBe('{0,2,4..6,30}')
  expect(numberSet(Array.from({ length: 40 }, (_, i) => String(2 * i)))).toBe('{0,2,4,6,8,...,78}')
})
