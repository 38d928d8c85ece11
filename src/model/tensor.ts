import type { DType } from './dtype.ts'

/** Which bytes of which file hold a tensor's values. Two tensors of one storage, offset, shape and strides are tied. */
export interface Storage {
  /** The file, relative to the checkpoint. */
  readonly file: string
  /** Of the first value, in bytes, absolute in the file. */
  readonly offset: number
  /** In bytes, of the tensor's own values. */
  readonly length: number
  /** In elements, where the values are not row by row without gaps: a view. `length` then spans all of them. */
  readonly strides?: readonly number[]
  /** Absent for little-endian values. */
  readonly bigEndian?: true
}

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
  /** null where the file holds no values (a manifest, a meta tensor). */
  readonly storage: Storage | null
  /** The first tensor of the state dict that is the same memory; null for the first or only one. */
  readonly tiedTo: string | null
}

/** Product of the dimensions. Exact below 2^53; formats refuse larger ones before they get here. */
export function elementsOf(shape: readonly number[]): number {
  let product = 1
  for (const dimension of shape) product *= dimension
  return product
}
