import type { Exact, ValueStatistics } from '../model/values/statistics.ts'
import { percent } from './numbers.ts'
import { count } from './text.ts'

/** A value in few digits, for a table: `0.0213`, `-448`, `1.3e-7`, and a dash where there is none. */
export function valueText(value: Exact | null): string {
  if (value === null) return '--'
  if (typeof value === 'bigint') return Number(value).toExponential(2)
  if (value === 0) return '0'
  const magnitude = Math.abs(value)
  if (Number.isInteger(value) && magnitude < 1e6) return String(value)
  if (magnitude < 1e-3 || magnitude >= 1e6) return value.toExponential(2)
  return String(Number(value.toPrecision(4)))
}

/** A mean; of complex values `0.1+0.2i`. */
export function meanText(mean: ValueStatistics['mean']): string {
  if (mean === null || typeof mean === 'number') return valueText(mean)
  return `${valueText(mean.re)}${mean.im < 0 ? '' : '+'}${valueText(mean.im)}i`
}

/** `3 NaN, 1 +Inf`; empty where all values are finite. */
export function nonFiniteText({
  nan,
  positiveInfinity,
  negativeInfinity,
}: Pick<ValueStatistics, 'nan' | 'positiveInfinity' | 'negativeInfinity'>): string {
  const facts = []
  if (nan > 0) facts.push(`${count(nan)} NaN`)
  if (positiveInfinity > 0) facts.push(`${count(positiveInfinity)} +Inf`)
  if (negativeInfinity > 0) facts.push(`${count(negativeInfinity)} -Inf`)
  return facts.join(', ')
}

/** The share of zeros. */
export function zerosText({ zeros, elements }: Pick<ValueStatistics, 'zeros' | 'elements'>): string {
  return percent(zeros, elements)
}

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const asciiBlocks = [' ', '.', ':', '-', '=', '+', '*', '#']

/** The histogram as a line of bars; what occurs at all is never shown as nothing. */
export function sparkline({ histogram }: Pick<ValueStatistics, 'histogram'>, ascii: boolean): string {
  if (histogram === undefined) return ''
  const levels = ascii ? asciiBlocks : blocks
  const most = Math.max(...histogram.counts)
  return histogram.counts
    .map((each) => levels[each === 0 ? 0 : Math.max(1, Math.round((each / most) * (levels.length - 1)))])
    .join('')
}
