import type { Count, StateDictReport } from '../../model/report.ts'
import { byteUnit } from '../numbers.ts'
import { count, nameForOutput } from '../text.ts'
import { fitted, type SparedColumn } from './fitted-columns.ts'
import { linesWithin } from './lines-within.ts'
import { type Cell, headLine, measureRow } from './table.ts'
import type { Theme } from './theme.ts'
import { wholeRow } from './whole-row.ts'

interface Wanted extends SparedColumn {
  readonly cell: (stateDict: StateDictReport) => Cell
}

/** The state dicts of a file with their sizes, the one that is shown marked: what makes this file so big. */
export function* stateDictTable(
  stateDicts: readonly StateDictReport[],
  shown: StateDictReport | null,
  theme: Theme,
): Generator<string> {
  const unit = byteUnit(Math.max(...stateDicts.map(({ totals }) => totals.stored.bytes)))
  const wanted: Wanted[] = [
    { title: 'State dict', align: 'left', least: 16, most: 100, cell: nameOf },
    { title: 'Role', align: 'left', keep: 2, cell: ({ role }) => [{ text: role, style: 'quiet' }] },
    {
      title: 'Tensors',
      align: 'right',
      keep: 0,
      cell: ({ totals: { stored, tied } }) => [{ text: count(stored.tensors + tied.tensors) }],
    },
    {
      title: 'Elements',
      align: 'right',
      keep: 3,
      cell: ({ totals }) => [{ text: count(totals.stored.elements) }],
    },
    { title: unit.name, align: 'right', keep: 1, cell: ({ totals: { stored } }) => sizeOf(stored) },
  ]
  const natural = wanted.map(({ title }) => title.length)
  for (const stateDict of stateDicts)
    measureRow(
      wanted,
      natural,
      wanted.map(({ cell }) => cell(stateDict)),
    )
  const { columns, widths } = fitted(wanted, natural, theme)
  yield headLine(columns, widths, theme)
  for (const stateDict of stateDicts)
    yield* wholeRow(
      columns,
      widths,
      columns.map(({ cell }) => cell(stateDict)),
      theme,
    )
  const other = stateDicts.find((stateDict) => stateDict !== shown && stateDict.path !== '')
  if (theme.interactive && other !== undefined)
    for (const line of linesWithin(
      [`${theme.glyphs.arrow} shown below; --at ${nameForOutput(other.path, theme.ascii)} shows another`],
      theme,
    ))
      yield theme.paint('quiet', line)

  function nameOf(stateDict: StateDictReport): Cell {
    const isShown = stateDict === shown
    const mark = isShown ? `${theme.glyphs.arrow} ` : ' '.repeat(theme.glyphs.arrow.length + 1)
    const text = stateDict.path === '' ? '(top level)' : nameForOutput(stateDict.path, theme.ascii)
    return [
      { text: mark, style: 'fold' },
      { text, style: isShown ? 'strong' : 'plain', cut: 'middle' },
    ]
  }

  function sizeOf({ bytes, elements }: Count): Cell {
    return [{ text: bytes === 0 && elements > 0 ? '--' : unit.text(bytes), style: 'quiet' }]
  }
}
