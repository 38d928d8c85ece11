import type { StateDictReport } from '../../model/report.ts'
import { byteUnit } from '../numbers.ts'
import { count, nameForOutput } from '../text.ts'
import { type Cell, type Column, fitWidths, headLine, measureRow } from './table.ts'
import type { Theme } from './theme.ts'
import { wholeRow } from './whole-row.ts'

/** The state dicts of a file with their sizes, the one that is shown marked: what makes this file so big. */
export function* stateDictTable(
  stateDicts: readonly StateDictReport[],
  shown: StateDictReport | null,
  theme: Theme,
): Generator<string> {
  const unit = byteUnit(Math.max(...stateDicts.map(({ totals }) => totals.stored.bytes)))
  const columns: Column[] = [
    { title: 'State dict', align: 'left', least: 16, most: 100 },
    { title: 'Role', align: 'left' },
    { title: 'Tensors', align: 'right' },
    { title: 'Elements', align: 'right' },
    { title: unit.name, align: 'right' },
  ]
  const rows = stateDicts.map((stateDict): Cell[] => {
    const { stored, tied } = stateDict.totals
    const isShown = stateDict === shown
    return [
      [
        {
          text: isShown ? `${theme.glyphs.arrow} ` : ' '.repeat(theme.glyphs.arrow.length + 1),
          style: 'fold',
        },
        {
          text: stateDict.path === '' ? '(top level)' : nameForOutput(stateDict.path, theme.ascii),
          style: isShown ? 'strong' : 'plain',
          cut: 'middle',
        },
      ],
      [{ text: stateDict.role, style: 'quiet' }],
      [{ text: count(stored.tensors + tied.tensors) }],
      [{ text: count(stored.elements) }],
      [{ text: stored.bytes === 0 && stored.elements > 0 ? '--' : unit.text(stored.bytes), style: 'quiet' }],
    ]
  })
  const widths = columns.map(({ title }) => title.length)
  for (const row of rows) measureRow(columns, widths, row)
  if (theme.columns !== null) fitWidths(columns, widths, theme.columns)
  yield headLine(columns, widths, theme)
  for (const row of rows) yield* wholeRow(columns, widths, row, theme)
  const other = stateDicts.find((stateDict) => stateDict !== shown && stateDict.path !== '')
  if (theme.interactive && other !== undefined)
    yield theme.paint(
      'quiet',
      `${theme.glyphs.arrow} shown below; --at ${nameForOutput(other.path, theme.ascii)} shows another`,
    )
}
