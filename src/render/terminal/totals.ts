import type { StateDictReport } from '../../model/report.ts'
import { type TotalRow, totalRows } from '../total-rows.ts'
import { padEnd, padStart, wrapped } from '../width.ts'
import { defaultColumns, type Theme } from './theme.ts'

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
  const room = Math.max(20, (theme.columns ?? defaultColumns * 2) - indent)
  for (const { label, bound = '', value, size = '', note = '' } of rows) {
    const front = ' '.repeat(values - value.length - (bound === '' ? 0 : bound.length + 1))
    const number = `${bound === '' ? '' : `${theme.paint('quiet', bound)} `}${theme.paint('strong', value)}`
    const head = `${padEnd(label, labels)}  ${front}${number}  ${theme.paint('quiet', padStart(size, sizes))}`
    const [first = '', ...more] = note === '' ? [''] : wrapped(note, room)
    yield `${head}  ${theme.paint('quiet', first)}`.trimEnd()
    for (const line of more) yield ' '.repeat(indent) + theme.paint('quiet', line)
  }
}
