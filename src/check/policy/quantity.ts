import { byteSize } from './byte-size.ts'
import type { Range } from './expectations.ts'

/** How a policy writes a quantity in people's units: a bound before it, a tolerance behind it. */
export const countPattern =
  '^(?:[<>]=|[≤≥])? ?\\d{1,15}(?:\\.\\d{1,9})? ?[kMBT]?(?: ?(?:±|\\+/-) ?\\d{1,2}(?:\\.\\d{1,6})? ?%)?$'
export const bytesPattern =
  '^(?:[<>]=|[≤≥])? ?\\d{1,15}(?:\\.\\d{1,9})? ?(?:[kMGT]i?)?B(?: ?(?:±|\\+/-) ?\\d{1,2}(?:\\.\\d{1,6})? ?%)?$'

const thousands: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, B: 1e9, T: 1e12 }

/** `7B ± 5 %`, `<= 12k`: a count as people write it. */
export function countRange(said: number | string): Range {
  return rangeOfText(said, (text) => {
    const [, number = '0', unit = ''] = /^([\d.]+) ?([kMBT]?)$/.exec(text) ?? []
    return Number(number) * (thousands[unit] ?? 1)
  })
}

/** `≤ 14 GB`, `5GB ± 1 %`. */
export function bytesRange(said: number | string): Range {
  return rangeOfText(said, byteSize)
}

/** Whole numbers within what is said: a tolerance and a fraction round outwards. */
function rangeOfText(said: number | string, quantity: (text: string) => number): Range {
  if (typeof said === 'number') return { min: said, max: said }
  const [, bound = '', text = '', tolerance] =
    /^([<>]=|[\u2264\u2265])? ?(.*?)(?: ?(?:\u00b1|\+\/-) ?([\d.]+) ?%)?$/.exec(said) ?? []
  const value = quantity(text)
  const spread = (value * Number(tolerance ?? 0)) / 100
  const min = Math.floor(value - spread)
  const max = Math.ceil(value + spread)
  if (bound === '<=' || bound === '≤') return { min: 0, max }
  if (bound === '>=' || bound === '≥') return { min, max: Number.POSITIVE_INFINITY }
  return { min, max }
}
