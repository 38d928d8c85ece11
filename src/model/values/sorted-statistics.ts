import { naturalCompare } from '../names/natural-order.ts'
import type { TensorStatistics } from './statistics.ts'

/** What comes first in a list of statistics; `order` is the file's own. */
export type StatisticsOrder = 'nan' | 'absmax' | 'std' | 'sparsity' | 'name' | 'order'

/** The list in another order. Sorting is stable. */
export function sortedStatistics(
  tensors: readonly TensorStatistics[],
  by: StatisticsOrder,
): readonly TensorStatistics[] {
  if (by === 'order') return tensors
  if (by === 'name') return [...tensors].sort((a, b) => naturalCompare(a.name, b.name))
  const measure = measures[by]
  return [...tensors].sort((a, b) => measure(b) - measure(a))
}

/** What stands out more is larger. */
const measures: Readonly<
  Record<Exclude<StatisticsOrder, 'name' | 'order'>, (of: TensorStatistics) => number>
> = {
  nan: ({ values }) => values.nan + values.positiveInfinity + values.negativeInfinity,
  absmax: ({ values }) => (values.absMax === null ? -1 : Number(values.absMax)),
  std: ({ values }) => values.std ?? -1,
  sparsity: ({ values }) => (values.elements === 0 ? -1 : values.zeros / values.elements),
}
