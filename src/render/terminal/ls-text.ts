import { bytesText } from '../../model/bytes-text.ts'
import { type EntryReport, entriesOf } from '../../model/entries.ts'
import type { StateDictReport, TensorReport, ValueReport } from '../../model/report.ts'
import { representationText } from '../../model/tensors/representation-text.ts'
import { byteUnit } from '../numbers.ts'
import { shapeText } from '../shape-text.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { fitted, type SparedColumn } from './fitted-columns.ts'
import { linesWithin } from './lines-within.ts'
import { countedElements } from './outline-counts.ts'
import { type Cell, cellWidth, headLine, lineWidth, measureRow } from './table.ts'
import type { Theme } from './theme.ts'
import { wholeRow } from './whole-row.ts'

/** From this width on there is room for how a kind is known. */
const reasonColumns = 120
/** Below this width a long shape has a line of its own. */
const shapeColumns = 60

/** What `sdinspect ls` prints for people: one entry a line, and what they add up to. */
export function* lsText(
  stateDict: Pick<StateDictReport, 'tensors' | 'values'>,
  theme: Theme,
): Generator<string> {
  const { tensors, values = [] } = stateDict
  const wanted = lsColumns(tensors, values, theme)
  const natural = wanted.map(({ title }) => title.length)
  const cells = (columns: readonly LsColumn[], { tensor, value }: EntryReport) =>
    columns.map((column) => (tensor === undefined ? (column.value?.(value) ?? []) : column.cell(tensor)))
  const lengths = new Map<number, number>()
  for (const entry of entriesOf(stateDict)) {
    const row = cells(wanted, entry)
    measureRow(wanted, natural, row)
    const length = cellWidth(row[0] ?? [])
    lengths.set(length, (lengths.get(length) ?? 0) + 1)
  }
  const roomy = withRoomForNames(wanted, natural, usualLength(lengths), theme)
  const { columns, widths } = fitted(
    roomy,
    roomy.map(({ title }) => natural[wanted.findIndex((one) => one.title === title)] ?? 0),
    theme,
  )
  const row = (entry: EntryReport) => cells(columns, entry)
  yield headLine(columns, widths, theme)
  for (const entry of entriesOf(stateDict)) yield* wholeRow(columns, widths, row(entry), theme)
  yield* linesWithin(sumLine(tensors, values.length, theme), theme)
}

interface LsColumn extends SparedColumn {
  /** What shape and type say too, left out where names then have room on their lines. */
  readonly isDerived?: boolean
  cell(tensor: TensorReport): Cell
  /** Of an entry that is no tensor; empty where it is left out. */
  value?(value: ValueReport): Cell
}

/** What nineteen of twenty names are no longer than: one that is much longer has a line of its own. */
function usualLength(lengths: ReadonlyMap<number, number>): number {
  let left = [...lengths.values()].reduce((sum, count) => sum + count, 0) * 0.95
  for (const length of [...lengths.keys()].sort((a, b) => a - b)) {
    left -= lengths.get(length) ?? 0
    if (left <= 0) return length
  }
  return 0
}

/** The columns that leave names on the line of their numbers, where there are such: without elements, or bytes too. */
function withRoomForNames(
  wanted: readonly LsColumn[],
  natural: readonly number[],
  names: number,
  { columns }: Theme,
): readonly LsColumn[] {
  if (columns === null) return wanted
  const least = (column: LsColumn) => {
    const width = natural[wanted.indexOf(column)] ?? 0
    return column === wanted[0] ? Math.min(width, names) : Math.min(width, column.least ?? width)
  }
  const derived = wanted.filter(({ isDerived }) => isDerived === true)
  for (const left of [[], derived.slice(0, 1), derived]) {
    const shown = wanted.filter((column) => !left.includes(column))
    if (lineWidth(shown.map(least)) > columns) continue
    return shown.map((column, i) => (i === 0 ? { ...column, least: least(column) } : column))
  }
  return wanted.filter((column) => !derived.includes(column))
}

function lsColumns(
  tensors: readonly TensorReport[],
  values: readonly ValueReport[],
  theme: Theme,
): LsColumn[] {
  let largest = 0
  let isDense = values.length === 0
  for (const { bytes, representation } of tensors) {
    largest = Math.max(largest, bytes ?? 0)
    isDense &&= representation === undefined
  }
  const unit = byteUnit(largest)
  const columns: LsColumn[] = [
    {
      title: 'Name',
      align: 'left',
      least: 16,
      tightest: 4,
      cell: ({ name }) => [{ text: nameForOutput(name, theme.ascii), cut: 'middle' }],
      value: ({ name }) => [{ text: nameForOutput(name, theme.ascii), cut: 'middle' }],
    },
    {
      title: 'Kind',
      align: 'left',
      cell: (tensor) => kindCell(tensor, theme),
      value: ({ kind }) => [{ text: kind }],
    },
    {
      title: 'Dtype',
      align: 'left',
      vital: true,
      keep: 1,
      cell: ({ dtype }) => [{ text: dtype ?? '', style: 'quiet' }],
    },
    {
      title: 'Shape',
      align: 'left',
      most: theme.columns !== null && theme.columns < shapeColumns ? 14 : 40,
      cell: ({ shape, representation }) => [
        { text: representation?.kind === 'uninitialised' ? 'none yet' : shapeText(shape) },
      ],
    },
    {
      title: 'Elements',
      align: 'right',
      isDerived: true,
      cell: ({ elements }) => [{ text: count(elements) }],
    },
    {
      title: unit.name,
      align: 'right',
      isDerived: true,
      cell: ({ bytes }) => [{ text: bytes === null ? '--' : unit.text(bytes), style: 'quiet' }],
    },
  ]
  if (!isDense)
    columns.push({
      title: 'Kept as',
      align: 'left',
      least: 10,
      tightest: 7,
      vital: true,
      keep: 2,
      most: 60,
      cell: ({ representation }) =>
        representation === undefined
          ? []
          : [
              {
                text: sentence(representationText(representation), theme.ascii),
                style: 'fold',
                cut: 'end',
              },
            ],
      value: ({ description }) => [{ text: sentence(description, theme.ascii), style: 'quiet', cut: 'end' }],
    })
  if (theme.columns === null || theme.columns >= reasonColumns)
    columns.push({ title: 'Known by', align: 'left', least: 12, cell: (tensor) => reasonCell(tensor, theme) })
  return columns
}

function kindCell({ kind, kindLevel, trainable }: TensorReport, theme: Theme): Cell {
  const doubt = kindLevel === 'assumed' ? '?' : ''
  if (kind === 'buffer') return [{ text: `${theme.glyphs.buffer} buffer${doubt}`, style: 'buffer' }]
  const frozen = kind === 'parameter' && trainable === 'no' ? ' frozen' : ''
  return [{ text: `${kind === 'parameter' ? 'param' : 'other'}${doubt}` }, { text: frozen, style: 'fold' }]
}

function reasonCell(tensor: TensorReport, theme: Theme): Cell {
  const same = tensor.tiedTo ?? tensor.countedAs
  if (same !== undefined)
    return [{ text: `= ${nameForOutput(same, theme.ascii)}`, style: 'fold', cut: 'middle' }]
  return [
    { text: `${tensor.kindLevel}: ${sentence(tensor.kindReason, theme.ascii)}`, style: 'quiet', cut: 'end' },
  ]
}

/** What the lines add up to, tied tensors once. */
function* sumLine(tensors: readonly TensorReport[], values: number, theme: Theme): Generator<string> {
  let elements = 0
  let bytes = 0
  let sized = 0
  let counted = 0
  for (const tensor of tensors) {
    if (tensor.tiedTo !== null) continue
    elements += countedElements(tensor)
    counted++
    if (tensor.bytes === null) continue
    bytes += tensor.bytes
    sized++
  }
  const dot = ` ${theme.glyphs.dot} `
  const facts = [plural(tensors.length, 'tensor'), plural(elements, 'element')]
  if (values > 0) facts.splice(1, 0, plural(values, 'other entry', 'other entries'))
  // A size that is not recorded is not zero.
  if (sized === counted) facts.push(bytesText(bytes))
  else if (sized > 0) facts.push(`${bytesText(bytes)} in the ${count(sized)} whose type is recorded`)
  yield theme.paint('quiet', facts.join(dot))
}
