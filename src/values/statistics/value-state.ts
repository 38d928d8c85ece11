import { type Exact, targetTypes } from '../../model/values/statistics.ts'
import { mergedCounts, noCounts, type SparseCounts } from './sparse-counts.ts'

/**
 * What is known of a run of values, so that what is known of two runs can be added: to the bit the same as of both in
 * one. Everything but the counts is of finite values.
 */
export interface ValueState {
  readonly elements: number
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
  readonly zeros: number
  readonly subnormal: number
  readonly min: Exact | null
  readonly max: Exact | null
  /** Of complex values, the largest modulus; elsewhere it follows from the others, and is null. */
  readonly modulus: number | null
  /** In units of 2^-1074 (`scaled-integer.ts`). */
  readonly sum: bigint
  /** Of the imaginary parts; null where values have none. */
  readonly imaginarySum: bigint | null
  /** In units of 2^-2148; of complex values those of the moduli. */
  readonly squares: bigint
  readonly exactBlocks: number
  /** By target type, in the order of `targetTypes`; null where the question makes no sense. */
  readonly representable: Float64Array | null
  /** Finite values by sketch cell, or by themselves (`exactCells`); null for complex values. */
  readonly cells: SparseCounts | null
  /** The keys of `cells` are places in the ordered list of values that the type has. */
  readonly exactCells: boolean
  /** Nothing was added: `sum` and `squares` say nothing. */
  readonly isRange?: true
}

/** Of no values at all. */
export const emptyState: ValueState = {
  elements: 0,
  nan: 0,
  positiveInfinity: 0,
  negativeInfinity: 0,
  zeros: 0,
  subnormal: 0,
  min: null,
  max: null,
  modulus: null,
  sum: 0n,
  imaginarySum: null,
  squares: 0n,
  exactBlocks: 0,
  representable: new Float64Array(targetTypes.length),
  cells: noCounts,
  exactCells: false,
}

/** Of both runs. They are of one type, or were both made comparable by `forModules`. */
export function mergedStates(a: ValueState, b: ValueState): ValueState {
  return {
    elements: a.elements + b.elements,
    nan: a.nan + b.nan,
    positiveInfinity: a.positiveInfinity + b.positiveInfinity,
    negativeInfinity: a.negativeInfinity + b.negativeInfinity,
    zeros: a.zeros + b.zeros,
    subnormal: a.subnormal + b.subnormal,
    min: lesser(a.min, b.min),
    max: greater(a.max, b.max),
    modulus:
      a.modulus === null || b.modulus === null ? (a.modulus ?? b.modulus) : Math.max(a.modulus, b.modulus),
    sum: a.sum + b.sum,
    imaginarySum:
      a.imaginarySum === null && b.imaginarySum === null
        ? null
        : (a.imaginarySum ?? 0n) + (b.imaginarySum ?? 0n),
    squares: a.squares + b.squares,
    exactBlocks: a.exactBlocks + b.exactBlocks,
    representable:
      a.representable === null || b.representable === null
        ? null
        : a.representable.map((count, i) => count + (b.representable?.[i] as number)),
    cells: a.cells === null || b.cells === null ? null : mergedCounts(a.cells, b.cells),
    exactCells: a.exactCells,
    ...((a.isRange ?? b.isRange) && { isRange: true as const }),
  }
}

function lesser(a: Exact | null, b: Exact | null): Exact | null {
  if (a === null || b === null) return a ?? b
  return a <= b ? a : b
}

function greater(a: Exact | null, b: Exact | null): Exact | null {
  if (a === null || b === null) return a ?? b
  return a >= b ? a : b
}
