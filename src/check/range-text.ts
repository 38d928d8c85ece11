import type { Range } from './expectations.ts'

/** `exactly 4`, `at least 1`, `at most 9`, `4 to 9`. */
export function rangeText({ min, max }: Range): string {
  if (min === max) return `exactly ${min}`
  if (max === Number.POSITIVE_INFINITY) return `at least ${min}`
  return min === 0 ? `at most ${max}` : `${min} to ${max}`
}

export function isWithin(value: number, { min, max }: Range): boolean {
  return value >= min && value <= max
}
