import type { DType } from '../tensors/dtype.ts'

/** How far the values of two tensors of one shape are apart. Sums are over the elements that are finite in both. */
export interface ValueDistance {
  readonly elements: number
  /** Elements that are not the same number; two NaN are the same. */
  readonly differing: number
  /** Of those, where one of the two is NaN or infinite. */
  readonly notFinite: number
  /** Largest and mean absolute difference. */
  readonly maxAbs: number
  readonly meanAbs: number
  /** The norm of the difference by that of `a`; null where that is 0, or a norm is no double. */
  readonly relativeL2: number | null
  /** Of the angle between the two; null where one of them is 0. */
  readonly cosine: number | null
  /**
   * Where a side is quantised, the norm of the difference by that of the steps between the values that its layout can say: rounding
   * to the nearest comes to 0.29. Absent: neither is.
   */
  readonly steps?: number
  /** The values of one side are those of the other rounded to this type, to nearest and even. Absent: they are not, or equal. */
  readonly roundedTo?: DType
}
