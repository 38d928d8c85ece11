import type { Outline, OutlineNode } from '../../model/modules/outline.ts'
import { type ByteUnit, byteUnit, percentText, siblingPercents } from '../numbers.ts'
import { count, plural } from '../text.ts'
import { padStart } from '../width.ts'
import { fitted, type SparedColumn } from './fitted-columns.ts'
import { guideBelow, layerCell } from './layer-cell.ts'
import { bytesOf, logicalOf, ofKind, storedOf } from './outline-counts.ts'
import { type Cell, headLine, lineWidth, measureRow, type Span } from './table.ts'
import type { Theme } from './theme.ts'
import { type Extent, type TreePlace, type TreeRow, walkTree } from './tree-walk.ts'
import { tensorsCell, typeCell } from './type-cell.ts'
import { wholeRow } from './whole-row.ts'

export interface TreeTextOptions {
  readonly extent: Extent
  /** Lines after which the rest is counted and not shown. */
  readonly rows?: number
}

/** One column: its place in the table and what it says of a line. */
export interface TreeColumn extends SparedColumn {
  /** @param cells that it may take */
  cell(row: TreeRow, cells: number): Cell
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
  const wanted = treeColumns(outline, options.extent, theme)
  const natural = wanted.map(({ title }) => title.length)
  let rows = 0
  for (const row of walkTree(outline, options.extent, theme)) {
    if (++rows <= limit) measureRow(wanted, natural, cells(wanted, row, []))
  }
  const { columns, widths } = fitted(wanted, natural, theme)
  const width = lineWidth(widths)

  yield headLine(columns, widths, theme)
  yield theme.paint('line', theme.glyphs.rule.repeat(width))
  let shown = 0
  for (const row of walkTree(outline, options.extent, theme)) {
    if (++shown > limit) break
    yield* wholeRow(columns, widths, cells(columns, row, widths), theme, guideBelow(row, theme))
  }
  if (rows > limit)
    yield theme.paint(
      'quiet',
      `${theme.glyphs.ellipsis} ${plural(rows - limit, 'more line')} (--all shows them${options.extent.depth > 1 ? ', --depth 1 fewer' : ''})`,
    )
  return width
}

const cells = (columns: readonly TreeColumn[], row: TreeRow, widths: readonly number[]): Cell[] =>
  columns.map((column, i) => column.cell(row, widths[i] ?? Number.POSITIVE_INFINITY))

export function treeColumns(outline: Outline, extent: Extent, theme: Theme): TreeColumn[] {
  const { root } = outline
  const unit = byteUnit(root.bytes)
  const packed = root.logical !== root.parameters
  const room = theme.columns ?? Number.POSITIVE_INFINITY
  const columns: TreeColumn[] = [
    {
      title: 'Layer',
      align: 'left',
      least: 24,
      tightest: 12,
      most: 100,
      cell: (row) => layerCell(row, theme),
    },
    {
      title: 'Type',
      align: 'left',
      least: 14,
      keep: 4,
      most: 60,
      cell: (row, cells) => typeCell(row, outline, theme, cells),
    },
  ]
  if (theme.columns !== null && theme.columns >= tensorColumns && extent.tensors !== 'all')
    columns.push({
      title: 'Tensors',
      align: 'left',
      spare: true,
      least: 30,
      most: 84,
      cell: (row, cells) => tensorsCell(row, outline, theme, cells),
    })
  // One type for all is said above the tree; a narrow terminal has no room to say it on every line.
  if (room >= shareColumns || !root.oneDtype)
    columns.push({
      title: 'Dtype',
      align: 'left',
      keep: 2,
      // Almost one type for all, and the line above the tree names the others.
      spare: outline.mainDtypeShare > 0.99,
      cell: ({ node }) => [{ text: dtypeText(node), style: 'quiet' }],
    })
  columns.push(numberColumn('Param #', (node) => (packed ? logicalOf(node) : ofKind(node, 'parameter'))))
  // The totals below the tree say these too.
  const further = (column: TreeColumn, keep: number) => columns.push({ ...column, vital: true, keep })
  if (packed) further(numberColumn('Stored #', storedOf), 6)
  else {
    if (root.buffers > 0)
      further(
        numberColumn('Buffer #', (node) => ofKind(node, 'buffer'), 'buffer'),
        6,
      )
    if (root.other > 0)
      further(
        numberColumn('Other #', (node) => ofKind(node, 'other')),
        5,
      )
  }
  columns.push(sizeColumn(unit))
  // Of a part of the sizes, shares would be of nothing.
  if (room >= shareColumns && root.bytes > 0 && root.unrecorded === 0)
    columns.push(shareColumn(root.bytes, theme))
  return columns
}

function dtypeText(node: OutlineNode): string {
  return (node.type === 'tensor' ? node.tensor.dtype : node.each.dtype) ?? ''
}

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

function sizeColumn(unit: ByteUnit): TreeColumn {
  return {
    title: unit.name,
    align: 'right',
    keep: 3,
    cell: ({ node }) => {
      const bytes = bytesOf(node)
      return [{ text: bytes === null ? '--' : unit.text(bytes * node.times), style: 'quiet' }]
    },
  }
}

/** Share of all bytes, of all blocks of the folds a line is in: shares of the top lines add up to the whole. */
function shareColumn(whole: number, theme: Theme): TreeColumn {
  const bar = theme.interactive
  const percentOf = wholePercents(whole)
  return {
    title: bar ? 'Share'.padStart(5 + barCells) : 'Share',
    align: 'right',
    spare: true,
    cell: (row) => {
      const part = (bytesOf(row.node) ?? 0) * row.times
      const share = percentText(percentOf(row), part, whole)
      const spans: Span[] = [{ text: padStart(share, 5), style: 'quiet' }]
      if (bar) spans.unshift({ text: barText(part / whole, theme), style: 'fold' })
      return spans
    },
  }
}

/** The whole percentage of each line: those below one line add up to no more than is said of it. */
function wholePercents(whole: number): (row: TreePlace) => number {
  const known = new WeakMap<readonly OutlineNode[], readonly number[]>()
  const toldOf = (row: TreePlace | null) => (row === null ? 100 : (known.get(row.siblings)?.[row.place] ?? 0))
  return (row) => {
    const unknown: TreePlace[] = []
    for (let at: TreePlace | null = row; at !== null && !known.has(at.siblings); at = at.parent)
      unknown.push(at)
    for (const { parent, siblings } of unknown.reverse()) {
      const around = parent?.times ?? 1
      const exact = siblings.map((one) => ((bytesOf(one) ?? 0) * one.times * around * 100) / whole)
      known.set(siblings, siblingPercents(exact, toldOf(parent)))
    }
    return toldOf(row)
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
