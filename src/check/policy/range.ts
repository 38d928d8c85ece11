import type { Range } from './expectations.ts'

/** What a policy expects of a number, both ends included. `max: null`: no end. */
export type Expected = { min: number; max: number | null }

/** `exactly 4`, `at least 1`, `at most 9`, `4 to 9`. */
export function rangeText({ min, max }: Expected): string {
  if (min === max) return `exactly ${min}`
  if (max === null) return `at least ${min}`
  return min === 0 ? `at most ${max}` : `${min} to ${max}`
}

/** A range as a finding tells it. */
export function rangeFacts({ min, max }: Range): Expected {
  return { min, max: max === Number.POSITIVE_INFINITY ? null : max }
}

export function isWithin(value: number, { min, max }: Range): boolean {
  return value >= min && value <= max
}
