import {
  type Exact,
  quantilePoints,
  type TensorStatistics,
  targetTypes,
  type ValueStatistics,
} from '../model/values/statistics.ts'
import { shapeText } from './shape-text.ts'

/** What a line of statistics has, in every format of lines. */
export const statisticsColumns = [
  'name',
  'part',
  'dtype',
  'shape',
  'elements',
  'nan',
  'positiveInfinity',
  'negativeInfinity',
  'zeros',
  'subnormal',
  'constant',
  'min',
  'max',
  'absMax',
  'mean',
  'std',
  'l2',
  ...quantilePoints.map((point) => `q${point}`),
  ...targetTypes.map((type) => `exactly${type}`),
  'tiedTo',
] as const

/** The fields of a tensor, in the order of the columns; empty where there is none. */
export function statisticsFields({
  name,
  part = '',
  dtype,
  shape,
  tiedTo,
  values,
}: TensorStatistics): (string | number)[] {
  const { quantiles, representable } = values
  return [
    name,
    part,
    dtype,
    shapeText(shape),
    values.elements,
    values.nan,
    values.positiveInfinity,
    values.negativeInfinity,
    values.zeros,
    values.subnormal,
    values.constant ? 'yes' : 'no',
    field(values.min),
    field(values.max),
    field(values.absMax),
    meanField(values.mean),
    field(values.std),
    field(values.l2),
    ...quantilePoints.map((point) => field(quantiles?.[point] ?? null)),
    ...targetTypes.map((type) => field(representable?.[type] ?? null)),
    tiedTo ?? '',
  ]
}

function field(value: Exact | null): string | number {
  return value === null ? '' : typeof value === 'bigint' ? String(value) : value
}

function meanField(mean: ValueStatistics['mean']): string | number {
  if (mean === null || typeof mean === 'number') return field(mean)
  return `${mean.re}${mean.im < 0 ? '' : '+'}${mean.im}j`
}
