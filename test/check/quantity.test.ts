import { expect, test } from 'vitest'
import { bytesPattern, bytesRange, countPattern, countRange } from '../../src/check/policy/quantity.ts'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'

const none = Number.POSITIVE_INFINITY

test.each([
  ['7B ± 5 %', 6_650_000_000, 7_350_000_000],
  ['7B +/- 5%', 6_650_000_000, 7_350_000_000],
  ['12k', 12_000, 12_000],
  ['1.5M', 1_500_000, 1_500_000],
  ['≤ 8B', 0, 8_000_000_000],
  ['<= 8B', 0, 8_000_000_000],
  ['≥ 100', 100, none],
  ['1T', 1_000_000_000_000, 1_000_000_000_000],
])('a count of %s', (said, min, max) => {
  expect(said).toMatch(new RegExp(countPattern, 'u'))
  expect(countRange(said)).toEqual({ min, max })
})

test.each([
  ['≤ 14 GB', 0, 14_000_000_000],
  ['5GB ± 1 %', 4_950_000_000, 5_050_000_000],
  ['>= 1.5 GiB', 1_610_612_736, none],
  ['100B', 100, 100],
])('a size of %s', (said, min, max) => {
  expect(said).toMatch(new RegExp(bytesPattern, 'u'))
  expect(bytesRange(said)).toEqual({ min, max })
})

test('a policy takes them, and nothing that only looks like them', () => {
  const counting = (said: string) => () =>
    parsePolicy(`version: 1\ncounts: { parameters: ${said} }\n`, 'p.yaml')
  expect(counting('7B ± 5 %')).not.toThrow()
  expect(counting('"7 billion"')).toThrow(/expected a whole number/)
  expect(counting('7G')).toThrow()
})
