import { type DType, dtypes } from '../../model/tensors/dtype.ts'

/** The values of a small tensor, to be looked at. */
export interface Numbers {
  /** Row by row. */
  readonly values: Float64Array
  readonly shape: readonly number[]
  /** How far a number may be from what it was meant to be, of the largest: by its type, and by how it was computed. */
  readonly tolerance: number
  /** Below it the type has fractions. */
  readonly wholeFrom: number
  /** Whether the type is so coarse that numbers look round, repeat and are whole by themselves. */
  readonly isCoarse: boolean
}

/** What values that no training leaves behind look like. Register it in `patterns/index.ts`. */
export interface Pattern {
  readonly id: string
  /** Ends a sentence: `its values are …`. */
  readonly text: string
  /**
   * `never`: what no parameter is. `table`: computed by a formula, which neither training nor a draw of random numbers gives. `series`: the same, and also what
   * parameters begin with, or what somebody fills them with who needs any numbers. `round`: whole, short or few numbers, which
   * many parameters begin with and none keeps that trains. `hint`: more often of a buffer.
   */
  readonly weight: 'never' | 'table' | 'series' | 'round' | 'hint'
  fits(numbers: Numbers): boolean
}

/** Significant bits of floats, the hidden one too. A text has those of a double, of which writers keep seven digits. */
const bitsOf: { readonly [D in DType]?: number } = { F64: 53, F32: 24, F16: 11, BF16: 8 }

/** @param dtype null: of a text */
export function numbersFor(
  values: Float64Array,
  shape: readonly number[],
  dtype: DType | null,
): Numbers | null {
  const bits = dtype === null ? 20 : bitsOf[dtype]
  if (bits === undefined || (dtype !== null && dtypes[dtype].block.elements !== 1)) return null
  const isCoarse = bits < 20
  // A table in doubles is mostly made of floats. What is coarse was computed finer and rounded once.
  return { values, shape, tolerance: isCoarse ? 2 ** -bits : 2 ** -19, wholeFrom: 2 ** (bits - 2), isCoarse }
}

/** Lengths of more than one. */
export function dimensionsOf({ shape }: Numbers): readonly number[] {
  return shape.filter((length) => length > 1)
}

export function isVector(numbers: Numbers, least: number): boolean {
  return dimensionsOf(numbers).length === 1 && numbers.values.length >= least
}

export function largest(values: Float64Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

/** Different numbers, as far as `most` of them. */
export function distinct(values: Float64Array, most: number): number {
  const seen = new Set<number>()
  for (const value of values) {
    seen.add(value)
    if (seen.size > most) break
  }
  return seen.size
}
