import { isComplex, isDType } from '../../model/tensors/dtype.ts'
import { type FoldedStatistics, foldedStatistics } from '../../model/values/folded-statistics.ts'
import type { ModuleStatistics, ValueStatistics } from '../../model/values/statistics.ts'
import { coverageText } from '../coverage-text.ts'
import type { StatisticsResult } from '../results.ts'
import { shapeText } from '../shape-text.ts'
import { count, nameForOutput, sentence } from '../text.ts'
import { meanText, nonFiniteText, sparkline, valueText, zerosText } from '../value-text.ts'
import { fitted, type SparedColumn } from './fitted-columns.ts'
import { type Cell, headLine, measureRow } from './table.ts'
import type { Theme } from './theme.ts'
import { wholeRow } from './whole-row.ts'

/** One line: a module, a tensor, or alike tensors of several blocks. */
interface Line {
  readonly name: Cell
  readonly dtype: string
  readonly shape: string
  /** What is shown of a fold: its typical member. */
  readonly values: ValueStatistics
  /** Of all members. */
  readonly all: readonly ValueStatistics[]
}

/** What `sdinspect stats` prints for people: the whole, its modules, the tensors, and what was read. */
export function* statisticsText(
  result: StatisticsResult,
  { fold, depth }: { readonly fold: boolean; readonly depth: number | null },
  theme: Theme,
): Generator<string> {
  const { tensors, modules, coverage, listed } = result
  const folds =
    fold && !listed
      ? foldedStatistics(tensors)
      : tensors.map((tensor) => ({ label: tensor.name, members: [tensor], typical: tensor, odd: [] }))
  const levels = depth ?? 1
  const shown = listed ? [] : modules.filter(({ path }) => path === '' || path.split('.').length <= levels)
  const lines = [
    ...shown.map((module) => moduleLine(module, theme)),
    ...folds.map((each) => foldLine(each, theme)),
  ]
  const wanted = columnsOf(lines, theme)
  const natural = wanted.map(({ title }) => title.length)
  for (const line of lines)
    measureRow(
      wanted,
      natural,
      wanted.map((column) => column.cell(line)),
    )
  const { columns, widths } = fitted(wanted, natural, theme)
  const row = (line: Line) => columns.map((column) => column.cell(line))
  yield headLine(columns, widths, theme)
  for (const line of lines) yield* wholeRow(columns, widths, row(line), theme)
  for (const each of folds) yield* oddLines(each, theme)
  yield theme.paint(coverage.state === 'complete' ? 'good' : 'warning', coverageText(coverage))
  for (const { name, part, reason } of coverage.uncovered)
    yield theme.paint(
      'warning',
      `not read: ${nameForOutput(name, theme.ascii)}${part === undefined ? '' : ` (${nameForOutput(part, theme.ascii)})`}: ${sentence(reason, theme.ascii)}`,
    )
}

function moduleLine({ path, tensors, values }: ModuleStatistics, theme: Theme): Line {
  const name = path === '' ? 'all floating-point values' : nameForOutput(path, theme.ascii)
  return {
    name: [
      { text: name, style: 'strong', cut: 'middle' },
      { text: ` (${count(tensors)})`, style: 'quiet' },
    ],
    dtype: '',
    shape: '',
    values,
    all: [values],
  }
}

function foldLine({ label, members, typical }: FoldedStatistics, theme: Theme): Line {
  const { part } = typical
  const times = members.length === 1 ? '' : ` ${theme.glyphs.times}${count(members.length)}`
  return {
    name: [
      // The sets of a fold are ours; a name alone is the file's.
      {
        text: members.length === 1 ? nameForOutput(label, theme.ascii) : sentence(label, theme.ascii),
        cut: 'middle',
      },
      { text: part === undefined ? '' : ` (${nameForOutput(part, theme.ascii)})`, style: 'fold' },
      { text: times, style: 'fold' },
    ],
    dtype: typical.dtype,
    shape: shapeText(typical.shape),
    values: typical.values,
    all: members.map(({ values }) => values),
  }
}

/** The blocks that fall out of line, by name. */
function* oddLines({ odd, typical }: FoldedStatistics, theme: Theme): Generator<string> {
  for (const { name, values } of odd.slice(0, theme.most(mostOdd))) {
    const what =
      nonFiniteText(values) ||
      `std ${valueText(values.std)}, where most have ${valueText(typical.values.std)}`
    yield theme.paint('warning', `${theme.glyphs.warning} ${nameForOutput(name, theme.ascii)}: ${what}`)
  }
  if (odd.length > theme.most(mostOdd))
    yield theme.paint(
      'warning',
      `${theme.glyphs.warning} and ${count(odd.length - mostOdd)} more (--all shows them)`,
    )
}

const mostOdd = 5

interface StatisticsColumn extends SparedColumn {
  cell(line: Line): Cell
}

function columnsOf(lines: readonly Line[], theme: Theme): StatisticsColumn[] {
  const isAllFinite = lines.every(({ all }) => nonFiniteText(sum(all)) === '')
  const range = (all: readonly ValueStatistics[], of: (values: ValueStatistics) => number | null): string => {
    const values = all.map(of).filter((value) => value !== null)
    if (values.length === 0) return '--'
    const [low, high] = [valueText(Math.min(...values)), valueText(Math.max(...values))]
    return low === high ? low : `${low}${theme.glyphs.ellipsis}${high}`
  }
  return [
    { title: 'Name', align: 'left', least: 24, cell: ({ name }) => name },
    {
      title: 'Dtype',
      align: 'left',
      spare: true,
      keep: 2,
      cell: ({ dtype }) => [{ text: dtype, style: 'quiet' }],
    },
    { title: 'Shape', align: 'left', spare: true, keep: 1, most: 24, cell: ({ shape }) => [{ text: shape }] },
    { title: 'Min', align: 'right', keep: 6, cell: ({ all }) => [{ text: least(all) }] },
    { title: 'Max', align: 'right', cell: ({ all, dtype }) => [{ text: mostText(all, dtype) }] },
    { title: 'Mean', align: 'right', keep: 5, cell: ({ values }) => [{ text: meanText(values.mean) }] },
    { title: 'Std', align: 'right', cell: ({ all }) => [{ text: range(all, ({ std }) => std) }] },
    { title: 'Zeros', align: 'right', keep: 3, cell: ({ all }) => [{ text: zerosText(sum(all)) }] },
    {
      title: 'Distribution',
      align: 'left',
      // Where something is not finite, this is where it is said.
      keep: isAllFinite ? 4 : 7,
      cell: ({ values, all }) => {
        const other = nonFiniteText(sum(all))
        return [
          { text: sparkline(values, theme.ascii), style: 'declared' },
          { text: other === '' ? '' : ` ${other}`, style: 'error' },
        ]
      },
    },
  ]
}

function least(all: readonly ValueStatistics[]): string {
  return valueText(all.map(({ min }) => min).reduce((a, b) => (a === null || (b !== null && b < a) ? b : a)))
}

function most(all: readonly ValueStatistics[]): string {
  return valueText(all.map(({ max }) => max).reduce((a, b) => (a === null || (b !== null && b > a) ? b : a)))
}

/** Complex numbers have no order: what is largest of them is the modulus. */
function mostText(all: readonly ValueStatistics[], dtype: string): string {
  if (!isDType(dtype) || !isComplex(dtype)) return most(all)
  return `|z| ${valueText(all.map(({ absMax }) => absMax).reduce((a, b) => (a === null || (b !== null && b > a) ? b : a)))}`
}

function sum(all: readonly ValueStatistics[]) {
  const total = (of: (values: ValueStatistics) => number) =>
    all.reduce((added, values) => added + of(values), 0)
  return {
    elements: total(({ elements }) => elements),
    zeros: total(({ zeros }) => zeros),
    nan: total(({ nan }) => nan),
    positiveInfinity: total(({ positiveInfinity }) => positiveInfinity),
    negativeInfinity: total(({ negativeInfinity }) => negativeInfinity),
  }
}
