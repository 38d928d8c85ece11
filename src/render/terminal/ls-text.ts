import { type EntryReport, entriesOf } from '../../model/entries.ts'
import type { StateDictReport, TensorReport, ValueReport } from '../../model/report.ts'
import { representationText } from '../../model/tensors/representation-text.ts'
import { byteUnit } from '../numbers.ts'
import { shapeText } from '../shape-text.ts'
import { bytesText, count, nameForOutput, plural, sentence } from '../text.ts'
import { countedElements } from './outline-counts.ts'
import { type Cell, type Column, fitWidths, headLine, measureRow, tableLine } from './table.ts'
import type { Theme } from './theme.ts'

/** From this width on there is room for how a kind is known. */
const reasonColumns = 120

/** What `sdinspect ls` prints for people: one entry a line, and what they add up to. */
export function* lsText(
  stateDict: Pick<StateDictReport, 'tensors' | 'values'>,
  theme: Theme,
): Generator<string> {
  const { tensors, values = [] } = stateDict
  const columns = lsColumns(tensors, values, theme)
  const widths = columns.map(({ title }) => title.length)
  const row = ({ tensor, value }: EntryReport) =>
    columns.map((column) => (tensor === undefined ? (column.value?.(value) ?? []) : column.cell(tensor)))
  for (const entry of entriesOf(stateDict)) measureRow(columns, widths, row(entry))
  if (theme.columns !== null) fitWidths(columns, widths, theme.columns)
  yield headLine(columns, widths, theme)
  for (const entry of entriesOf(stateDict)) yield tableLine(columns, widths, row(entry), theme)
  yield* sumLine(tensors, values.length, theme)
}

interface LsColumn extends Column {
  cell(tensor: TensorReport): Cell
  /** Of an entry that is no tensor; empty where it is left out. */
  value?(value: ValueReport): Cell
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
      cell: ({ name }) => [{ text: nameForOutput(name, theme.ascii), cut: 'middle' }],
      value: ({ name }) => [{ text: nameForOutput(name, theme.ascii), cut: 'middle' }],
    },
    {
      title: 'Kind',
      align: 'left',
      cell: (tensor) => kindCell(tensor, theme),
      value: ({ kind }) => [{ text: kind }],
    },
    { title: 'Dtype', align: 'left', cell: ({ dtype }) => [{ text: dtype ?? '', style: 'quiet' }] },
    {
      title: 'Shape',
      align: 'left',
      most: 40,
      cell: ({ shape, representation }) => [
        { text: representation?.kind === 'uninitialised' ? 'none yet' : shapeText(shape), cut: 'end' },
      ],
    },
    { title: 'Elements', align: 'right', cell: ({ elements }) => [{ text: count(elements) }] },
    {
      title: unit.name,
      align: 'right',
      cell: ({ bytes }) => [{ text: bytes === null ? '--' : unit.text(bytes), style: 'quiet' }],
    },
  ]
  if (!isDense)
    columns.push({
      title: 'Kept as',
      align: 'left',
      least: 10,
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
