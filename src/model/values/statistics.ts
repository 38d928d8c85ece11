import type { CheckpointFile } from '../checkpoint.ts'
import type { Finding } from '../finding.ts'
import type { DType } from '../tensors/dtype.ts'

/** Types that values may be exactly representable in. */
export const targetTypes = ['F32', 'BF16', 'F16', 'F8_E4M3', 'F8_E5M2'] as const
export type TargetType = (typeof targetTypes)[number]

/** The shares of the elements below each quantile, as they are written in reports. */
export const quantilePoints = [
  '0.001',
  '0.01',
  '0.05',
  '0.25',
  '0.5',
  '0.75',
  '0.95',
  '0.99',
  '0.999',
] as const
export type QuantilePoint = (typeof quantilePoints)[number]

/** A number, or an integer that a double cannot hold. */
export type Exact = number | bigint

/** What values come to. Everything but the counts is of the finite ones; null where there are none, or it was not asked for. */
export interface ValueStatistics {
  readonly elements: number
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
  /** Of either sign. */
  readonly zeros: number
  /** Smaller than the smallest normal number of their type, and not zero. */
  readonly subnormal: number
  /** All elements are the same finite value. */
  readonly constant: boolean
  readonly min: Exact | null
  readonly max: Exact | null
  /** The largest absolute value; of complex ones the largest modulus. */
  readonly absMax: Exact | null
  /** Correctly rounded. Of complex values the real and the imaginary part. */
  readonly mean: number | null | { readonly re: number; readonly im: number }
  /** Of the whole population (NumPy's `std`, torch's with `correction=0`). */
  readonly std: number | null
  /** The root of the sum of squares. */
  readonly l2: number | null
  /**
   * Blocks of 4,096 elements that took the exact kernel, because the error of the fast one could have reached 1e-12.
   */
  readonly exactBlocks: number
  /** Elements that a narrower type holds as they are. NaN is NaN in each. Absent for integers and complex values. */
  readonly representable?: Readonly<Partial<Record<TargetType, number>>>
  /**
   * The value at which so many of the finite elements are as small or smaller, in order: an element itself (NumPy's
   * `inverted_cdf`), or one that is as near as `quantileError`. Absent for complex values and where none is finite.
   */
  readonly quantiles?: Readonly<Record<QuantilePoint, Exact>>
  /** The most by which a quantile differs from the element, as a part of its value. 0: exact. */
  readonly quantileError?: number
  /** Finite elements in cells of one width, from the quantile 0.001 to 0.999; the ends are in the outermost cells. */
  readonly histogram?: {
    readonly from: number
    readonly to: number
    readonly below: number
    readonly above: number
    readonly counts: readonly number[]
  }
  /** Elements by power of two: `[k, negative, positive]` counts those of 2^k up to 2^(k+1). Zeros are in none. */
  readonly octaves?: readonly (readonly [number, number, number])[]
}

/** What the values of one tensor, or of a part of one, come to. */
export interface TensorStatistics {
  readonly name: string
  /** Of a tensor that is made of others: which of them. */
  readonly part?: string
  /** What the values are read as. */
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes: number
  /** The first tensor that is the same memory: it was read once, and counts once. */
  readonly tiedTo: string | null
  readonly values: ValueStatistics
}

/** What the floating-point values of all tensors in a module come to, tied ones once. */
export interface ModuleStatistics {
  /** Dotted; `''` for the whole. */
  readonly path: string
  /** Tensors in it and below it that hold real floating-point numbers. */
  readonly tensors: number
  readonly values: ValueStatistics
}

/** A tensor whose values were not read, and why. */
export interface Uncovered {
  readonly name: string
  readonly part?: string
  readonly reason: string
  /** Of the error that ended reading; absent where there was nothing to read. */
  readonly code?: string
}

/** What a verdict on values rests on. Tied tensors count once. */
export interface Coverage {
  readonly state: 'complete' | 'partial'
  readonly tensors: number
  readonly tensorsRead: number
  /** Of the values, where their number is known. */
  readonly bytes: number
  readonly bytesRead: number
  readonly uncovered: readonly Uncovered[]
}

/** What `stats` answers for one state dict of a checkpoint. */
export interface StatisticsReport {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly stateDict: string
  readonly coverage: Coverage
  /** Over tensors of every type, tied ones once. */
  readonly nonFinite: {
    readonly tensors: number
    readonly nan: number
    readonly positiveInfinity: number
    readonly negativeInfinity: number
  }
  /** Parents before children, the whole first. */
  readonly modules: readonly ModuleStatistics[]
  readonly tensors: readonly TensorStatistics[]
}
