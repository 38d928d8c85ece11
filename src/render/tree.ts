import type { Branch, Leaf, Outline, OutlineNode, Segment } from '../model/outline.ts'
import type { TensorReport } from '../model/report.ts'
import { classSpan } from './class-name.ts'
import { type ByteUnit, byteUnit, percent } from './numbers.ts'
import {
  type Cell,
  type Column,
  fitWidths,
  headLine,
  lineWidth,
  measureRow,
  type Span,
  tableLine,
} from './table.ts'
import { count, nameForOutput, padStart, plural, sentence } from './text.ts'
import type { Theme } from './theme.ts'
import { type Extent, type TreeRow, walkTree } from './tree-walk.ts'

export interface TreeTextOptions {
  readonly extent: Extent
  /** Lines after which the rest is counted and not shown. */
  readonly rows?: number
}

/** One column: its place in the table and what it says of a line. */
interface TreeColumn extends Column {
  cell(row: TreeRow): Cell
}

/** From this width on there is room for each module's share of the bytes. */
const shareColumns = 100
/** From this width on there is room for the tensors of a module beside its class. */
const tensorColumns = 132
const barCells = 8

/**
 * The module tree as a table, one line a module or tensor, with titles and a rule. Walks the tree twice, once
 * to measure, so a tree of any size is never held as text.
 *
 * @returns the width of the table in cells, for what is printed below it
 */
export function* treeLines(
  outline: Outline,
  options: TreeTextOptions,
  theme: Theme,
): Generator<string, number> {
  const limit = options.rows ?? Number.POSITIVE_INFINITY
  const columns = treeColumns(outline, options.extent, theme)
  const widths = columns.map(({ title }) => title.length)
  let rows = 0
  for (const row of walkTree(outline, options.extent, theme)) {
    if (++rows <= limit) measureRow(columns, widths, cells(columns, row))
  }
  if (theme.columns !== null) fitWidths(columns, widths, theme.columns)
  const width = lineWidth(widths)

  yield headLine(columns, widths, theme)
  yield theme.paint('line', theme.glyphs.rule.repeat(width))
  let shown = 0
  for (const row of walkTree(outline, options.extent, theme)) {
    if (++shown > limit) break
    yield tableLine(columns, widths, cells(columns, row), theme)
  }
  if (rows > limit)
    yield theme.paint(
      'quiet',
      `${theme.glyphs.ellipsis} ${plural(rows - limit, 'more line')} (--depth 1 for fewer, tree for all)`,
    )
  return width
}

const cells = (columns: readonly TreeColumn[], row: TreeRow): Cell[] =>
  columns.map((column) => column.cell(row))

function treeColumns(outline: Outline, extent: Extent, theme: Theme): TreeColumn[] {
  const { root } = outline
  const unit = byteUnit(root.bytes)
  const packed = root.logical !== root.parameters
  const room = theme.columns ?? Number.POSITIVE_INFINITY
  const columns: TreeColumn[] = [
    { title: 'Layer', align: 'left', least: 24, most: 100, cell: (row) => layerCell(row, theme) },
    { title: 'Type', align: 'left', least: 14, most: 60, cell: (row) => typeCell(row, outline, theme) },
  ]
  if (theme.columns !== null && theme.columns >= tensorColumns && extent.tensors === 'none')
    columns.push({
      title: 'Tensors',
      align: 'left',
      least: 10,
      most: 84,
      cell: (row) => tensorsCell(row, outline, theme),
    })
  // One type for all is said above the tree; a narrow terminal has no room to say it on every line.
  if (room >= shareColumns || !root.oneDtype)
    columns.push({
      title: 'Dtype',
      align: 'left',
      cell: ({ node }) => [{ text: dtypeText(node), style: 'quiet' }],
    })
  columns.push(numberColumn('Param #', (node) => (packed ? logicalOf(node) : ofKind(node, 'parameter'))))
  if (packed) columns.push(numberColumn('Stored #', storedOf))
  else {
    if (root.buffers > 0) columns.push(numberColumn('Buffer #', (node) => ofKind(node, 'buffer'), 'buffer'))
    if (root.other > 0) columns.push(numberColumn('Other #', (node) => ofKind(node, 'other')))
  }
  columns.push(sizeColumn(unit))
  if (room >= shareColumns && root.bytes > 0) columns.push(shareColumn(root.bytes, theme))
  return columns
}

function layerCell({ node, guide }: TreeRow, theme: Theme): Cell {
  const spans: Span[] = [{ text: guide, style: 'line' }]
  for (const run of nameRuns(node.segments, theme.ascii)) spans.push(run)
  if (node.times > 1) spans.push({ text: ` ${theme.glyphs.times}${count(node.times)}`, style: 'fold' })
  return spans
}

/** The dotted name as spans: text, which may be cut, and the sets of folds, which stay. */
function nameRuns(segments: readonly Segment[], ascii: boolean): Span[] {
  const spans: Span[] = []
  let run: string[] = []
  const flush = () => {
    if (run.length > 0)
      spans.push({ text: (spans.length > 0 ? '.' : '') + dottedName(run, ascii), cut: 'middle' })
    run = []
  }
  for (const { text, folded } of segments) {
    if (!folded) {
      run.push(text)
      continue
    }
    flush()
    if (spans.length > 0) spans.push({ text: '.' })
    // Sets at odd places: `split` with a group keeps what it splits at.
    text.split(setInLabel).forEach((part, i) => {
      if (part !== '')
        spans.push(i % 2 === 1 ? { text: part, style: 'fold' } : { text: part, style: 'fold', cut: 'middle' })
    })
  }
  flush()
  return spans
}

const setInLabel = /(\{[^}]*\}|\*)/

/** Escaped as one name, so quotes go around the whole and a chain of 100,000 segments is told in length. */
const dottedName = (segments: readonly string[], ascii: boolean) => nameForOutput(segments.join('.'), ascii)

function typeCell(row: TreeRow, outline: Outline, theme: Theme): Cell {
  const { node } = row
  return node.type === 'tensor' ? tensorType(node, theme) : moduleType(node, row, outline, theme)
}

function moduleType(node: Branch, row: TreeRow, outline: Outline, theme: Theme): Cell {
  const spans: Span[] = []
  const add = (span: Span) => {
    if (spans.length > 0) spans.push({ text: '  ' })
    spans.push(span)
  }
  if (node.module !== undefined) add(classSpan(node.module, theme))
  if (node.hasChildren) {
    if (node.times > 1) add({ text: `each ${count(countedOf(node))}`, style: 'fold' })
    if (!row.open) add({ text: plural(node.each.tensors, 'tensor'), style: 'quiet' })
  } else if (!row.open) {
    const own = outline.tensors(node)
    const tied = own.find(({ tensor }) => tensor.tiedTo !== null)
    if (node.module === undefined) spans.push(...ownTensors(own, theme))
    if (tied !== undefined) add(tiedSpan(tied.tensor, theme))
  }
  const { frozen, parameters } = node.each
  if (frozen > 0) add({ text: frozen === parameters ? 'frozen' : 'part frozen', style: 'fold' })
  return spans
}

function tensorType({ tensor }: Leaf, theme: Theme): Cell {
  const spans: Span[] = [kindSpan(tensor, theme), { text: ` ${shapeText(tensor.shape)}`, cut: 'end' }]
  if (tensor.quantised !== undefined && tensor.quantised.logicalElements !== 0) {
    const { scheme, logicalShape } = tensor.quantised
    const packed = logicalShape === undefined ? '' : ` ${shapeText(logicalShape)}`
    spans.push({ text: ` ${sentence(scheme, theme.ascii)}${packed}`, style: 'quiet', cut: 'end' })
  }
  if (tensor.tiedTo !== null) spans.push({ text: ' ' }, tiedSpan(tensor, theme))
  if (tensor.kind === 'parameter' && tensor.trainable === 'no')
    spans.push({ text: '  frozen', style: 'fold' })
  return spans
}

function kindSpan(tensor: TensorReport, theme: Theme): Span {
  const doubt = tensor.kindLevel === 'assumed' ? '?' : ''
  if (tensor.kind === 'buffer') return { text: `${theme.glyphs.buffer} buffer${doubt}`, style: 'buffer' }
  return { text: `${tensor.kind === 'parameter' ? 'param' : 'other'}${doubt}`, style: 'quiet' }
}

const tiedSpan = (tensor: TensorReport, theme: Theme): Span => ({
  text: `= ${nameForOutput(tensor.tiedTo ?? '', theme.ascii)}`,
  style: 'fold',
  cut: 'middle',
})

function tensorsCell({ node, open }: TreeRow, outline: Outline, theme: Theme): Cell {
  if (node.type === 'tensor' || open || node.hasChildren || node.module === undefined) return []
  return ownTensors(outline.tensors(node), theme)
}

/** Tensors told in one line; a module with more has its `tree`. */
const mostOwn = 8

/** `weight, bias [64]  ○ running_mean, running_var [64]`: names of one shape together. */
function ownTensors(own: readonly Leaf[], theme: Theme): Span[] {
  const groups: { shape: string; buffer: boolean; names: string[] }[] = []
  for (const leaf of own.slice(0, mostOwn)) {
    const shape = shapeText(leaf.tensor.shape)
    const buffer = leaf.tensor.kind === 'buffer'
    const last = groups.at(-1)
    if (last?.shape === shape && last.buffer === buffer) last.names.push(leafText(leaf, theme))
    else groups.push({ shape, buffer, names: [leafText(leaf, theme)] })
  }
  const spans = groups.map(({ shape, buffer, names }, i): Span => {
    const text = `${i > 0 ? '  ' : ''}${buffer ? `${theme.glyphs.buffer} ` : ''}${names.join(', ')} ${shape}`
    return { text, style: buffer ? 'buffer' : 'quiet', cut: 'end' }
  })
  if (own.length > mostOwn) spans.push({ text: `  ${own.length - mostOwn} more`, style: 'quiet' })
  return spans
}

function leafText({ segments, tensor, times }: Leaf, theme: Theme): string {
  const name = segments
    .map(({ text, folded }) => (folded ? text : nameForOutput(text, theme.ascii)))
    .join('.')
  const doubt = tensor.kindLevel === 'assumed' ? '?' : ''
  return `${name}${doubt}${times > 1 ? ` ${theme.glyphs.times}${count(times)}` : ''}`
}

/** `[3072, 768]`, as torch writes it. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

function dtypeText(node: OutlineNode): string {
  return (node.type === 'tensor' ? node.tensor.dtype : node.each.dtype) ?? ''
}

type Kind = TensorReport['kind']

/** Elements of one kind in one of what the line stands for; tied tensors are counted at their first name. */
function ofKind(node: OutlineNode, kind: Kind): number {
  if (node.type === 'tensor')
    return node.tensor.kind === kind && node.tensor.tiedTo === null ? node.tensor.elements : 0
  return kind === 'parameter' ? node.each.parameters : kind === 'buffer' ? node.each.buffers : node.each.other
}

function storedOf(node: OutlineNode): number {
  if (node.type === 'tensor') return node.tensor.tiedTo === null ? node.tensor.elements : 0
  return node.each.parameters + node.each.buffers + node.each.other
}

function logicalOf(node: OutlineNode): number {
  if (node.type === 'module') return node.each.logical
  const { tensor } = node
  if (tensor.tiedTo !== null) return 0
  return tensor.quantised?.logicalElements ?? (tensor.kind === 'parameter' ? tensor.elements : 0)
}

const countedOf = (node: Branch) => node.each.logical || node.each.parameters || storedOf(node)

function numberColumn(title: string, elements: (node: OutlineNode) => number, style?: 'buffer'): TreeColumn {
  return {
    title,
    align: 'right',
    cell: ({ node }) => {
      const value = elements(node) * node.times
      if (value === 0) return [{ text: '--', style: 'quiet' }]
      return [style === undefined ? { text: count(value) } : { text: count(value), style }]
    },
  }
}

function bytesOf(node: OutlineNode): number {
  if (node.type === 'module') return node.each.bytes
  return node.tensor.tiedTo === null ? (node.tensor.bytes ?? 0) : 0
}

function sizeColumn(unit: ByteUnit): TreeColumn {
  return {
    title: unit.name,
    align: 'right',
    cell: ({ node }) => [{ text: unit.text(bytesOf(node) * node.times), style: 'quiet' }],
  }
}

/** Share of all bytes, of all blocks of the folds a line is in: shares of the top lines add up to the whole. */
function shareColumn(whole: number, theme: Theme): TreeColumn {
  const bar = theme.interactive
  return {
    title: bar ? 'Share'.padStart(5 + barCells) : 'Share',
    align: 'right',
    cell: ({ node, times }) => {
      const part = bytesOf(node) * times
      const spans: Span[] = [{ text: padStart(percent(part, whole), 5), style: 'quiet' }]
      if (bar) spans.unshift({ text: barText(part / whole, theme), style: 'fold' })
      return spans
    },
  }
}

function barText(fraction: number, theme: Theme): string {
  const steps = theme.glyphs.bar.length - 1
  const filled = Math.round(fraction * barCells * steps)
  const bar =
    (theme.glyphs.bar[steps] ?? '').repeat(Math.floor(filled / steps)) +
    (theme.glyphs.bar[filled % steps] ?? '')
  return `${bar}${' '.repeat(Math.max(0, barCells + 1 - bar.length))}`
}
