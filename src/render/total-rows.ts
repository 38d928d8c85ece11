import { bytesText } from '../model/bytes-text.ts'
import { inspectionOf } from '../model/inspection.ts'
import type { Count, MixtureReport, StateDictReport, Totals } from '../model/report.ts'
import { recognisedUntrained } from '../model/untrained.ts'
import { percents } from './numbers.ts'
import { count, nameForOutput, plural, sentence } from './text.ts'

/** One of the numbers that a state dict adds up to, in words. */
export interface TotalRow {
  readonly label: string
  /** `at most`, where the number is a bound. */
  readonly bound?: string
  readonly value: string
  readonly size?: string
  readonly note?: string
}

/** `per token: 8 of 256 experts a layer`, and of what, where the file holds more than the model. */
function activeNote({ experts, expertsPerToken, parameters, besides }: MixtureReport, all: number): string {
  const share = `per token: ${expertsPerToken} of ${experts} experts a layer`
  if (besides === undefined || parameters === all) return share
  return `${share}; of ${count(parameters)} without the layers that predict further tokens`
}

/** Torchinfo's totals, then what else is counted. */
export function totalRows(stateDict: StateDictReport, ascii: boolean): readonly TotalRow[] {
  const { totals } = stateDict
  const { parameters, buffers, other, stored, tied, bookkeeping, trainable } = totals
  const hasSizes = isSized(totals)
  const counted = ({ elements, bytes }: Count) => ({
    value: count(elements),
    size: elements === 0 || !hasSizes ? '' : bytesText(bytes),
  })
  const packed = totals.logicalParameters !== parameters.elements || totals.logicalIsLeast === true
  const all = packed ? totals.logicalParameters : parameters.elements
  if (stored.elements > 0 && stored.elements === other.elements) return [onlyOther()]
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
    rows.push({ label: 'Tied:', ...counted(tied), note: `counted once: ${tiedText(stateDict, ascii)}` })
  const mixed = totals.dtypes.length > 1
  if (!packed && (buffers.tensors > 0 || other.tensors > 0 || mixed))
    rows.push({
      label: 'Stored:',
      ...counted(stored),
      note: mixed ? dtypeText(totals) : '',
    })
  else if (mixed) rows.push({ label: 'Dtypes:', value: '', note: dtypeText(totals) })
  return rows

  /** Of what is no module, as the state of an optimizer, there is nothing to say of parameters. */
  function onlyOther(): TotalRow {
    const types = totals.dtypes.length > 1 ? `; ${dtypeText(totals)}` : ''
    return { label: 'Stored:', ...counted(stored), note: `no parameters and no buffers${types}` }
  }

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
        : { label: 'Non-trainable params:', value: 'not recorded', note: untrainedText(stateDict, ascii) },
    ]
  }
}

/** What is taken not to train though the file does not record it: `760 were not trained, as recognised: …`. */
function untrainedText(stateDict: StateDictReport, ascii: boolean): string {
  return recognisedUntrained(inspectionOf(stateDict))
    .slice(0, mostReasons)
    .map(
      ({ elements, reason }) =>
        `${count(elements)} were not trained, as recognised: ${sentence(reason, ascii)}`,
    )
    .join('; ')
}

const mostReasons = 2

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

/** Pairs told by name; the rest is a number. */
const mostTied = 2

function tiedText(stateDict: StateDictReport, ascii: boolean): string {
  const { table, countedAs } = inspectionOf(stateDict)
  const pairs: [string, string][] = []
  for (const [index, first] of [...table.columns.ties, ...countedAs]) {
    pairs.push([table.name(index), first])
    if (pairs.length === mostTied) break
  }
  const name = (text: string) => nameForOutput(text, ascii)
  const shown = pairs.map(([alias, first]) => `${name(alias)} = ${name(first)}`)
  const rest = stateDict.totals.tied.tensors - pairs.length
  if (rest > 0) shown.push(`${count(rest)} more`)
  return shown.join(', ')
}

function dtypeText(totals: Totals): string {
  const { dtypes } = totals
  // A type that is not recorded has elements and no bytes.
  const by = isSized(totals) ? 'bytes' : 'elements'
  const sorted = [...dtypes].sort((a, b) => b[by] - a[by])
  const shares = percents(sorted.map((each) => each[by]))
  const shown = sorted.slice(0, 4).map(({ dtype }, i) => `${shares[i]} ${dtype ?? 'unrecorded'}`)
  if (dtypes.length > 4) shown.push(`${dtypes.length - 4} more`)
  return shown.join(', ') + (by === 'elements' ? ' of the elements' : '')
}
