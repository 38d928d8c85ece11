import type { TensorReport } from '../../model/report.ts'
import { byteUnit } from '../numbers.ts'
import { shapeText } from '../shape-text.ts'
import { bytesText, count, nameForOutput, plural, sentence } from '../text.ts'
import { type Cell, type Column, fitWidths, headLine, measureRow, tableLine } from './table.ts'
import type { Theme } from './theme.ts'

/** From this width on there is room for how a kind is known. */
const reasonColumns = 120

/** What `sdinspect ls` prints for people: one tensor a line, and what they add up to. */
export function* lsText(list: readonly TensorReport[], theme: Theme): Generator<string> {
  const columns = lsColumns(list, theme)
  const widths = columns.map(({ title }) => title.length)
  const row = (tensor: TensorReport) => columns.map((column) => column.cell(tensor))
  for (const tensor of list) measureRow(columns, widths, row(tensor))
  if (theme.columns !== null) fitWidths(columns, widths, theme.columns)
  yield headLine(columns, widths, theme)
  for (const tensor of list) yield tableLine(columns, widths, row(tensor), theme)
  yield* sumLine(list, theme)
}

interface LsColumn extends Column {
  cell(tensor: TensorReport): Cell
}

function lsColumns(tensors: readonly TensorReport[], theme: Theme): LsColumn[] {
  let largest = 0
  for (const { bytes } of tensors) largest = Math.max(largest, bytes ?? 0)
  const unit = byteUnit(largest)
  const columns: LsColumn[] = [
    {
      title: 'Name',
      align: 'left',
      least: 16,
      cell: ({ name }) => [{ text: nameForOutput(name, theme.ascii), cut: 'middle' }],
    },
    { title: 'Kind', align: 'left', cell: (tensor) => kindCell(tensor, theme) },
    { title: 'Dtype', align: 'left', cell: ({ dtype }) => [{ text: dtype ?? '', style: 'quiet' }] },
    {
      title: 'Shape',
      align: 'left',
      most: 40,
      cell: ({ shape }) => [{ text: shapeText(shape), cut: 'end' }],
    },
    { title: 'Elements', align: 'right', cell: ({ elements }) => [{ text: count(elements) }] },
    {
      title: unit.name,
      align: 'right',
      cell: ({ bytes }) => [{ text: bytes === null ? '--' : unit.text(bytes), style: 'quiet' }],
    },
  ]
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
  if (tensor.tiedTo !== null)
    return [{ text: `= ${nameForOutput(tensor.tiedTo, theme.ascii)}`, style: 'fold', cut: 'middle' }]
  return [
    { text: `${tensor.kindLevel}: ${sentence(tensor.kindReason, theme.ascii)}`, style: 'quiet', cut: 'end' },
  ]
}

/** What the lines add up to, tied tensors once. */
function* sumLine(tensors: readonly TensorReport[], theme: Theme): Generator<string> {
  let elements = 0
  let bytes = 0
  let sized = 0
  let counted = 0
  for (const tensor of tensors) {
    if (tensor.tiedTo !== null) continue
    elements += tensor.elements
    counted++
    if (tensor.bytes === null) continue
    bytes += tensor.bytes
    sized++
  }
  const dot = ` ${theme.glyphs.dot} `
  const facts = [plural(tensors.length, 'tensor'), plural(elements, 'element')]
  // A size that is not recorded is not zero.
  if (sized === counted) facts.push(bytesText(bytes))
  else if (sized > 0) facts.push(`${bytesText(bytes)} in the ${count(sized)} whose type is recorded`)
  yield theme.paint('quiet', facts.join(dot))
}
