import type { Numbers, Pattern } from './pattern.ts'
import {
  additiveMask,
  constant,
  fewNumbers,
  infinite,
  mask,
  mostlyZero,
  oneHot,
  roundScalar,
  shortDecimals,
  sorted,
  wholeNumbers,
} from './round-numbers.ts'
import { filterBank, geometric, kernel, progression, repeats, sinusoids, smooth, window } from './tables.ts'

/** The special before the general: the first that fits counts. */
const patterns: readonly Pattern[] = [
  infinite,
  additiveMask,
  oneHot,
  mask,
  progression,
  geometric,
  wholeNumbers,
  sinusoids,
  window,
  kernel,
  filterBank,
  shortDecimals,
  smooth,
  repeats,
  fewNumbers,
  constant,
  roundScalar,
  mostlyZero,
  sorted,
]

/** What values look like; null for what training, or a draw of random numbers, leaves. */
export function patternOf(numbers: Numbers): Pattern | null {
  const hasOnlyNumbers = numbers.values.every(Number.isFinite)
  return patterns.find((pattern) => (hasOnlyNumbers || pattern === infinite) && pattern.fits(numbers)) ?? null
}
