import { inspectionOf } from '../../model/inspection.ts'
import type { Count, MixtureReport, StateDictReport, Totals } from '../../model/report.ts'
import { percent } from '../numbers.ts'
import { bytesText, count, nameForOutput, plural } from '../text.ts'
import { padEnd, padStart, wrapped } from '../width.ts'
import { defaultColumns, type Theme } from './theme.ts'

interface TotalRow {
  readonly label: string
  /** `at most`, where the number is a bound. */
  readonly bound?: string
  readonly value: string
  readonly size?: string
  readonly note?: string
}

/** The footer: torchinfo's totals, then what else is counted. */
export function* totalsLines(stateDict: StateDictReport, theme: Theme): Generator<string> {
  yield* aligned(totalRows(stateDict, theme), theme)
}

/** `per token: 8 of 256 experts a layer`, and of what, where the file holds more than the model. */
function activeNote({ experts, expertsPerToken, parameters, besides }: MixtureReport, all: number): string {
  const share = `per token: ${expertsPerToken} of ${experts} experts a layer`
  if (besides === undefined || parameters === all) return share
  return `${share}; of ${count(parameters)} without the layers that predict further tokens`
}

function totalRows(stateDict: StateDictReport, theme: Theme): TotalRow[] {
  const { totals } = stateDict
  const { parameters, buffers, other, stored, tied, bookkeeping, trainable } = totals
  const hasSizes = isSized(totals)
  const counted = ({ elements, bytes }: Count) => ({
    value: count(elements),
    size: elements === 0 || !hasSizes ? '' : bytesText(bytes),
  })
  const packed = totals.logicalParameters !== parameters.elements || totals.logicalIsLeast === true
  const all = packed ? totals.logicalParameters : parameters.elements
  const rows: TotalRow[] = []
  if (packed) {
    rows.push({
      label: 'Total params:',
      value: totals.logicalIsLeast === true ? `at least ${count(all)}` : count(all),
      note:
        totals.logicalIsLeast === true
          ? 'some weights are packed by a layout not known here'
          : 'packed weights counted as the weights they stand for',
    })
    rows.push({
      label: 'Stored elements:',
      ...counted(stored),
    })
    if (bookkeeping.elements > 0)
      rows.push({ label: 'Bookkeeping:', ...counted(bookkeeping), note: 'scales, zero points, indices' })
  } else rows.push({ label: 'Total params:', ...counted(parameters), note: '' })
  const { mixture } = stateDict
  if (mixture !== undefined)
    rows.push({
      label: 'Active params:',
      value: count(mixture.activeParameters),
      note: activeNote(mixture, all),
    })
  rows.push(...trainableRows())
  rows.push({
    label: 'Buffers:',
    ...counted(buffers),
    note: buffers.tensors > 0 ? plural(buffers.tensors, 'tensor') : '',
  })
  if (other.tensors > 0)
    rows.push({ label: 'Other:', ...counted(other), note: 'neither parameter nor buffer' })
  if (tied.tensors > 0)
    rows.push({ label: 'Tied:', ...counted(tied), note: `counted once: ${tiedText(stateDict, theme)}` })
  const mixed = totals.dtypes.length > 1
  if (!packed && (buffers.tensors > 0 || other.tensors > 0 || mixed))
    rows.push({
      label: 'Stored:',
      ...counted(stored),
      note: mixed ? dtypeText(totals) : '',
    })
  else if (mixed) rows.push({ label: 'Dtypes:', value: '', note: dtypeText(totals) })
  return rows

  function trainableRows(): TotalRow[] {
    // Scales may be parameters too: of packed weights, no more can train than there are.
    const most = packed && trainable.upperBound ? Math.min(trainable.elements, all) : trainable.elements
    const rest = Math.max(0, all - most)
    if (!trainable.upperBound)
      return [
        { label: 'Trainable params:', value: count(trainable.elements), note: trainable.level },
        { label: 'Non-trainable params:', value: count(rest) },
      ]
    return [
      { label: 'Trainable params:', bound: 'at most', value: count(most), note: knownToTrain(totals, most) },
      rest > 0
        ? { label: 'Non-trainable params:', bound: 'at least', value: count(rest) }
        : { label: 'Non-trainable params:', value: 'not recorded' },
    ]
  }
}

/** What is known of a number that is at most something: how many train for certain, or did by an optimizer's past. */
function knownToTrain({ trainable: { atLeast, recognised } }: Totals, most: number): string {
  const parts: string[] = []
  if (atLeast > 0) parts.push(`at least ${count(atLeast)}`)
  if (recognised > atLeast && recognised < most)
    parts.push(`${count(recognised)} were trained, by what the optimizer holds`)
  return parts.join('; ')
}

/** Whether every tensor's type, and so its size, is recorded: the sum of the others is the size of nothing. */
const isSized = ({ dtypes }: Totals) =>
  dtypes.every(({ dtype, elements }) => dtype !== null || elements === 0)

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

/** Pairs told by name; the rest is a number. */
const mostTied = 2

function tiedText(stateDict: StateDictReport, theme: Theme): string {
  const { table } = inspectionOf(stateDict)
  const pairs: [string, string][] = []
  for (const [index, first] of table.columns.ties) {
    pairs.push([table.name(index), first])
    if (pairs.length === mostTied) break
  }
  const name = (text: string) => nameForOutput(text, theme.ascii)
  const shown = pairs.map(([alias, first]) => `${name(alias)} = ${name(first)}`)
  const rest = stateDict.totals.tied.tensors - pairs.length
  if (rest > 0) shown.push(`${count(rest)} more`)
  return shown.join(', ')
}

function dtypeText(totals: Totals): string {
  const { dtypes, stored } = totals
  // A type that is not recorded has elements and no bytes.
  const by = isSized(totals) ? 'bytes' : 'elements'
  const shown = [...dtypes]
    .sort((a, b) => b[by] - a[by])
    .slice(0, 4)
    .map((each) => `${percent(each[by], stored[by])} ${each.dtype ?? 'unrecorded'}`)
  if (dtypes.length > 4) shown.push(`${dtypes.length - 4} more`)
  return shown.join(', ') + (by === 'elements' ? ' of the elements' : '')
}
