import type { SeenValues } from '../../model/checkpoint.ts'
import type { Subject } from '../source.ts'
import { patternOf } from './index.ts'
import { distinct, numbersFor } from './pattern.ts'

/**
 * Whether a model was trained, by a few of its parameters. Norms begin as all 1 (or all 0, where 1 is added), and the first step
 * changes that. Where what is known to be a parameter looks like a table too, as in a file that somebody filled with arange,
 * looks tell nothing. Without norms: layers begin with random numbers that are evenly spread up to a bound, and training
 * blurs it.
 */
export function wasTrained(
  { table }: Pick<Subject, 'table'>,
  { learned: { norms, others } }: Pick<SeenValues, 'learned'>,
): 'yes' | 'no' | 'unknown' | 'no parameters' {
  if (norms.size > 0 && [...norms.values()].every(isInitialNorm)) return 'no'
  let regular = 0
  let elements = 0
  let atEdge = 0
  for (const [index, values] of others) {
    if (isRegular(values, table, index)) regular++
    if (table.shape(index).length < 2 || !isEven(values)) continue
    elements += values.length
    atEdge += countAtEdge(values)
  }
  if (others.size > 0 && regular >= others.size / 2) return 'no'
  if (norms.size > 0) return 'yes'
  if (others.size === 0) return 'no parameters'
  const share = atEdge / (edge * elements)
  return elements < 512 ? 'unknown' : share > 0.6 ? 'no' : share < 0.35 ? 'yes' : 'unknown'
}

/** Also all 0 or all 1, which is no pattern of a table. */
function isRegular(values: Float64Array, table: Subject['table'], index: number): boolean {
  const numbers = numbersFor(values, table.shape(index), table.dtype(index))
  return numbers !== null && (distinct(values, 1) === 1 || patternOf(numbers) !== null)
}

function isInitialNorm(values: Float64Array): boolean {
  const [first] = values
  return (first === 1 || first === 0) && values.every((value) => value === first)
}

/** The outermost part of the range that is looked at. Of evenly spread numbers as large a part is in it. */
const edge = 0.02

function countAtEdge(values: Float64Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  let count = 0
  for (const value of values) if (Math.abs(value) > (1 - edge) * most) count++
  return count
}

/** By the fourth moment: 1.8 of evenly spread numbers, 3 of normal ones. */
function isEven(values: Float64Array): boolean {
  let second = 0
  let fourth = 0
  for (const value of values) {
    second += value ** 2
    fourth += value ** 4
  }
  const kurtosis = (fourth * values.length) / second ** 2
  return values.length >= 64 && kurtosis > 1.6 && kurtosis < 2
}
