import type { StateDictReport } from '../../model/report.ts'
import { type TotalRow, totalRows } from '../total-rows.ts'
import { padEnd, padStart, wrapped } from '../width.ts'
import { defaultColumns, type Theme } from './theme.ts'

/** Cells that a note needs beside the numbers. */
const leastNote = 20

/** The footer: torchinfo's totals, then what else is counted. */
export function* totalsLines(stateDict: StateDictReport, theme: Theme): Generator<string> {
  yield* aligned(totalRows(stateDict, theme.ascii), theme)
}

function* aligned(rows: readonly TotalRow[], theme: Theme): Generator<string> {
  const width = (of: (row: TotalRow) => string) => Math.max(...rows.map((row) => of(row).length))
  const labels = width(({ label }) => label)
  const values = width(({ bound = '', value }) => (bound === '' ? value : `${bound} ${value}`))
  const sizes = width(({ size = '' }) => size)
  const indent = labels + values + sizes + 6
  const columns = theme.columns ?? defaultColumns * 2
  // Where there is no room beside the numbers, a note stands below them.
  const isBeside = columns - indent >= leastNote
  // Where the columns do not fit, each number stands behind its label, and what is left has a line of its own.
  const isAligned = indent - 2 <= columns
  for (const { label, bound = '', value, size = '', note = '' } of rows) {
    const said = bound === '' ? value : `${bound} ${value}`
    const number = `${bound === '' ? '' : `${theme.paint('quiet', bound)} `}${theme.paint('strong', value)}`
    const lines = note === '' ? [] : wrapped(note, isBeside ? columns - indent : Math.max(1, columns - 2))
    if (!isAligned) {
      yield `${label} ${number}`
      lines.unshift(...(size === '' ? [] : [size]))
    } else {
      const front = ' '.repeat(values - said.length)
      const first = isBeside ? (lines.shift() ?? '') : ''
      const rest = `  ${padStart(size, sizes)}  ${first}`.trimEnd()
      yield `${padEnd(label, labels)}  ${front}${number}${rest === '' ? '' : theme.paint('quiet', rest)}`
    }
    for (const line of lines) yield ' '.repeat(isBeside ? indent : 2) + theme.paint('quiet', line)
  }
}
