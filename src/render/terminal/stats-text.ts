import type { TensorStatistics } from '../../model/statistics.ts'
import { coverageText } from '../coverage-text.ts'
import type { StatisticsResult } from '../results.ts'
import { shapeText } from '../shape-text.ts'
import { nameForOutput, sentence } from '../text.ts'
import { meanText, nonFiniteText, sparkline, valueText, zerosText } from '../value-text.ts'
import { type Cell, type Column, fitWidths, headLine, measureRow, tableLine } from './table.ts'
import type { Theme } from './theme.ts'

interface StatisticsColumn extends Column {
  cell(tensor: TensorStatistics): Cell
}

/** What `sdinspect stats` prints for people. */
export function* statisticsText(
  result: StatisticsResult,
  _extent: { readonly fold: boolean; readonly depth: number | null },
  theme: Theme,
): Generator<string> {
  const { tensors, coverage } = result
  const columns = columnsOf(theme)
  const widths = columns.map(({ title }) => title.length)
  const row = (tensor: TensorStatistics) => columns.map((column) => column.cell(tensor))
  for (const tensor of tensors) measureRow(columns, widths, row(tensor))
  if (theme.columns !== null) fitWidths(columns, widths, theme.columns)
  yield headLine(columns, widths, theme)
  for (const tensor of tensors) yield tableLine(columns, widths, row(tensor), theme)
  yield theme.paint(coverage.state === 'complete' ? 'good' : 'warning', coverageText(coverage))
  for (const { name, part, reason } of coverage.uncovered)
    yield theme.paint(
      'warning',
      `not read: ${nameForOutput(name, theme.ascii)}${part === undefined ? '' : ` (${nameForOutput(part, theme.ascii)})`}: ${sentence(reason, theme.ascii)}`,
    )
}

function columnsOf(theme: Theme): StatisticsColumn[] {
  return [
    {
      title: 'Name',
      align: 'left',
      least: 16,
      cell: ({ name, part }) => [
        { text: nameForOutput(name, theme.ascii), cut: 'middle' },
        { text: part === undefined ? '' : ` (${nameForOutput(part, theme.ascii)})`, style: 'fold' },
      ],
    },
    { title: 'Dtype', align: 'left', cell: ({ dtype }) => [{ text: dtype, style: 'quiet' }] },
    { title: 'Shape', align: 'left', most: 24, cell: ({ shape }) => [{ text: shapeText(shape) }] },
    { title: 'Min', align: 'right', cell: ({ values }) => [{ text: valueText(values.min) }] },
    { title: 'Max', align: 'right', cell: ({ values }) => [{ text: valueText(values.max) }] },
    { title: 'Mean', align: 'right', cell: ({ values }) => [{ text: meanText(values.mean) }] },
    { title: 'Std', align: 'right', cell: ({ values }) => [{ text: valueText(values.std) }] },
    { title: 'Zeros', align: 'right', cell: ({ values }) => [{ text: zerosText(values) }] },
    {
      title: 'Distribution',
      align: 'left',
      cell: ({ values }) => [
        { text: sparkline(values, theme.ascii), style: 'declared' },
        { text: nonFiniteText(values) === '' ? '' : ` ${nonFiniteText(values)}`, style: 'error' },
      ],
    },
  ]
}
