import type { TensorStatistics } from '../../model/values/statistics.ts'
import { coverageText } from '../coverage-text.ts'
import type { StatisticsResult } from '../results.ts'
import { shapeText } from '../shape-text.ts'
import { count } from '../text.ts'
import { meanText, nonFiniteText, sparkline, valueText, zerosText } from '../value-text.ts'
import { code } from './markdown.ts'

/** What the values of a checkpoint come to, as a table. */
export function* statisticsMarkdown({ path, coverage, tensors }: StatisticsResult): Generator<string> {
  yield `### ${code(path)}\n\n${coverageText(coverage)}\n`
  for (const { name, part, reason } of coverage.uncovered)
    yield `\n- not read: ${code(part === undefined ? name : `${name} (${part})`)}: ${code(reason)}`
  if (coverage.uncovered.length > 0) yield '\n'
  yield '\n| name | dtype | shape | elements | NaN, Inf | zeros | min | max | mean | std | distribution |\n'
  yield '|---|---|---|---:|---|---:|---:|---:|---:|---:|---|\n'
  for (const tensor of tensors) yield row(tensor)
}

function row({ name, part, dtype, shape, values }: TensorStatistics): string {
  const cells = [
    code(part === undefined ? name : `${name} (${part})`),
    dtype,
    shapeText(shape),
    count(values.elements),
    nonFiniteText(values),
    zerosText(values),
    valueText(values.min),
    valueText(values.max),
    meanText(values.mean),
    valueText(values.std),
    sparkline(values, false).trimEnd(),
  ]
  return `| ${cells.join(' | ')} |\n`
}
