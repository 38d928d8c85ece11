import type { Limits } from '../../limits.ts'
import type { DType } from '../../model/tensors/dtype.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { ValueDistance } from '../../model/values/value-distance.ts'
import type { ToldWeight } from '../dequantise/worked-out.ts'
import type { ItemResult } from '../statistics/checkpoint-statistics.ts'
import type { Extent } from '../statistics/kernel.ts'
import type { Slice } from '../statistics/slices.ts'
import type { ValueItem } from '../statistics/statistics-plan.ts'

// What another thread is told to do, and what it answers: plain data.

/** A tensor and where its values are, without anything that only this thread can call. */
export type PlainTensor = Pick<
  Tensor,
  'name' | 'dtype' | 'shape' | 'elements' | 'bytes' | 'tiedTo' | 'values'
>

/** A packed weight, and all that working it out takes. */
export interface PackedTensor extends ToldWeight {
  /** The weight, and what stands beside it. */
  readonly tensors: readonly PlainTensor[]
}

export interface StatisticsTask {
  readonly kind: 'statistics'
  readonly limits: Limits
  readonly extent: Extent
  readonly items: readonly ValueItem[]
  /** That the values of the items are those of. */
  readonly tensors: readonly PlainTensor[]
  /** Of each item how it is worked out; null for what is read as it is. */
  readonly packed: readonly (PackedTensor | null)[]
  /** Of these items. */
  readonly slices: readonly Slice[]
  /** Of each slice whether it is looked at, and its values are kept. */
  readonly looks: readonly ('no' | 'yes' | 'keep')[]
}

export interface DigestTask {
  readonly kind: 'digest'
  readonly limits: Limits
  /** Each is hashed by itself: the text, then the values. */
  readonly pieces: readonly { readonly head: string; readonly tensor: PlainTensor }[]
}

export interface DistanceTask {
  readonly kind: 'distance'
  readonly limits: Limits
  readonly a: DistanceOperand
  readonly b: DistanceOperand
}

/** Values to be compared: those of a tensor, or those that a packed weight stands for. */
export type DistanceOperand =
  | { readonly dtype: DType; readonly tensor: PlainTensor }
  | { readonly packed: PackedTensor; readonly item: ValueItem }

export type Task = StatisticsTask | DigestTask | DistanceTask

export interface TaskResults {
  /** Of each slice. */
  readonly statistics: readonly ItemResult[]
  /** Of each piece, in hexadecimal. */
  readonly digest: readonly string[]
  readonly distance: ValueDistance
}
