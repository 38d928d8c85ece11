import type { NoValues, Values } from '../values/values.ts'
import type { DType } from './dtype.ts'
import type { Representation } from './representation.ts'

/** One entry of a state dict, as a format read it: nothing here is interpreted. */
export interface Tensor {
  /** The dotted name within its state dict. */
  readonly name: string
  /** null where the file does not record one (JSON lists). */
  readonly dtype: DType | null
  /** Logical elements along each dimension. */
  readonly shape: readonly number[]
  /** Product of the shape. */
  readonly elements: number
  /** Of the values; null where the type is not recorded. */
  readonly bytes: number | null
  /** Where its values are, or why they cannot be read. */
  readonly values: Values | NoValues
  /** The first tensor of the state dict that is the same memory; null for the first or only one. */
  readonly tiedTo: string | null
  /** How the values are kept where that is not one strided run of elements. Absent: dense. */
  readonly representation?: Representation
}

/** Product of the dimensions. Exact below 2^53; formats refuse larger ones before they get here. */
export function elementsOf(shape: readonly number[]): number {
  let product = 1
  for (const dimension of shape) product *= dimension
  return product
}
