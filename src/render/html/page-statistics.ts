import type { TensorStatistics, ValueStatistics } from '../../model/values/statistics.ts'

/** What the values of one tensor come to, as a page tells it. Integers that no double holds are rounded. */
export interface PageStatistics {
  /** Of a tensor that is made of others: which of them. */
  readonly part?: string | undefined
  readonly values: Pick<
    ValueStatistics,
    | 'elements'
    | 'nan'
    | 'positiveInfinity'
    | 'negativeInfinity'
    | 'zeros'
    | 'constant'
    | 'min'
    | 'max'
    | 'mean'
    | 'std'
    | 'l2'
    | 'histogram'
  > & { readonly median: number | null }
}

/** Values of a page, by tensor. */
export interface StatisticsOfPage {
  /** `412/412 tensors, 16.1 GB`. */
  readonly coverage: string
  readonly of: ReadonlyMap<number, readonly PageStatistics[]>
}

export function pageStatistics({ part, values }: TensorStatistics): PageStatistics {
  const { min, max, quantiles, histogram } = values
  const { elements, nan, positiveInfinity, negativeInfinity, zeros, constant, mean, std, l2 } = values
  return {
    ...(part === undefined ? {} : { part }),
    values: {
      elements,
      nan,
      positiveInfinity,
      negativeInfinity,
      zeros,
      constant,
      min: min === null ? null : Number(min),
      max: max === null ? null : Number(max),
      mean,
      std,
      l2,
      median: quantiles === undefined ? null : Number(quantiles['0.5']),
      ...(histogram === undefined ? {} : { histogram }),
    },
  }
}
