import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import {
  type Exact,
  type QuantilePoint,
  quantilePoints,
  type TargetType,
  targetTypes,
  type ValueStatistics,
} from '../../model/values/statistics.ts'
import { codeTableOf } from './code-table.ts'
import { integerOf, isExactInteger, sketchCellOf } from './integer-cells.ts'
import { complexDeviationOf, deviationOf, meanOf, normOf } from './scaled-integer.ts'
import { cellOf, middleOf, octaveOf, sketchError } from './sketch.ts'
import type { ValueState } from './value-state.ts'

/** Cells of the histogram. */
const histogramCells = 16

/** What a state comes to, as people read it. `dtype` is null of modules, which have values of several types. */
export function summaryOf(state: ValueState, dtype: DType | null): ValueStatistics {
  const { elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal, exactBlocks } = state
  const finite = elements - nan - positiveInfinity - negativeInfinity
  const isComplex = state.imaginarySum !== null
  const hasSums = finite > 0 && state.isRange === undefined
  return {
    elements,
    nan,
    positiveInfinity,
    negativeInfinity,
    zeros,
    subnormal,
    constant: elements > 0 && finite === elements && isConstant(state),
    min: state.min,
    max: state.max,
    absMax: state.modulus ?? largest(state.min, state.max),
    mean: hasSums ? meanIn(state, finite) : null,
    std: hasSums ? spreadIn(state, finite) : null,
    l2: hasSums ? normOf(state.squares) : null,
    exactBlocks,
    ...(state.representable === null ? {} : { representable: targetsOf(state.representable, dtype) }),
    ...(isComplex || finite === 0 ? {} : distribution(state, dtype, finite)),
  }
}

function isConstant({ min, max, sum, imaginarySum, squares, elements }: ValueState): boolean {
  if (imaginarySum === null) return min === max
  const n = BigInt(elements)
  return n * squares === sum * sum + imaginarySum * imaginarySum
}

function meanIn({ sum, imaginarySum }: ValueState, finite: number): ValueStatistics['mean'] {
  const re = meanOf(sum, finite)
  return imaginarySum === null ? re : { re, im: meanOf(imaginarySum, finite) }
}

function spreadIn(state: ValueState, finite: number): number {
  if (isConstant(state)) return 0
  const { sum, imaginarySum, squares } = state
  return imaginarySum === null
    ? deviationOf(sum, squares, finite)
    : complexDeviationOf(sum, imaginarySum, squares, finite)
}

function largest(min: Exact | null, max: Exact | null): Exact | null {
  if (min === null || max === null) return null
  const below = -min
  return below > max ? below : max
}

/** The types that are narrower than a tensor's own, and, of a module, all. */
function targetsOf(counts: Float64Array, dtype: DType | null): Partial<Record<TargetType, number>> {
  const found: Partial<Record<TargetType, number>> = {}
  targetTypes.forEach((type, i) => {
    if (type === dtype || (type === 'F32' && dtype !== 'F64' && dtype !== null)) return
    found[type] = counts[i] as number
  })
  return found
}

function distribution(
  state: ValueState,
  dtype: DType | null,
  finite: number,
): Pick<ValueStatistics, 'quantiles' | 'quantileError' | 'histogram' | 'octaves'> {
  const { cells, exactCells, min, max } = state
  if (cells === null || min === null || max === null) return {}
  const ordered = exactCells && dtype !== null ? codeTableOf(dtype)?.ordered : undefined
  const isWhole = ordered === undefined && dtype !== null && !dtypes[dtype].requiresGrad
  const inCell = isWhole ? integerOf : middleOf
  const values = Float64Array.from(cells.keys, (key) =>
    ordered === undefined ? clamped(inCell(key), Number(min), Number(max)) : (ordered[key] as number),
  )
  const isExact = ordered !== undefined || min === max || (isWhole && cells.keys.every(isExactInteger))
  const quantiles = quantilesIn(values, cells.counts, finite, min, max)
  return {
    quantiles,
    quantileError: isExact ? 0 : sketchError,
    histogram: histogramOf(values, cells.counts, Number(quantiles['0.001']), Number(quantiles['0.999'])),
    octaves: octavesOf(
      isWhole ? cells.keys.map(sketchCellOf) : ordered === undefined ? cells.keys : values.map(cellOf),
      cells.counts,
    ),
  }
}

function clamped(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}

function quantilesIn(
  values: Float64Array,
  counts: Float64Array,
  finite: number,
  min: Exact,
  max: Exact,
): Record<QuantilePoint, Exact> {
  const quantiles: Partial<Record<QuantilePoint, Exact>> = {}
  let at = 0
  let below = counts[0] as number
  for (const point of quantilePoints) {
    const rank = rankOf(point, finite)
    while (below < rank) below += counts[++at] as number
    quantiles[point] = rank === 1 ? min : rank === finite ? max : (values[at] as number)
  }
  return quantiles as Record<QuantilePoint, Exact>
}

/** Of a part of so many, counted from 1: without the error of a product of doubles. */
function rankOf(point: QuantilePoint, finite: number): number {
  const thousandths = BigInt(Math.round(Number(point) * 1_000))
  return Math.max(1, Number((BigInt(finite) * thousandths + 999n) / 1_000n))
}

function histogramOf(
  values: Float64Array,
  counts: Float64Array,
  from: number,
  to: number,
): NonNullable<ValueStatistics['histogram']> {
  const cells = new Array<number>(histogramCells).fill(0)
  let below = 0
  let above = 0
  // Halves first: the width of all doubles is no double.
  const width = to / histogramCells - from / histogramCells
  values.forEach((value, i) => {
    const count = counts[i] as number
    if (value < from) below += count
    else if (value > to) above += count
    else {
      const cell =
        width > 0 ? Math.min(histogramCells - 1, Math.floor(((value / 2 - from / 2) / width) * 2)) : 0
      cells[cell] = (cells[cell] as number) + count
    }
  })
  return { from, to, below, above, counts: cells }
}

function octavesOf(cells: ArrayLike<number>, counts: Float64Array): (readonly [number, number, number])[] {
  const octaves = new Map<number, [number, number]>()
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as number
    if (cell === 0) continue
    const power = octaveOf(cell)
    const both = octaves.get(power) ?? [0, 0]
    octaves.set(power, both)
    const side = cell < 0 ? 0 : 1
    both[side] += counts[i] as number
  }
  return [...octaves]
    .sort(([a], [b]) => a - b)
    .map(([power, [negative, positive]]) => [power, negative, positive])
}
