import { displayWidth } from '../width.ts'
import {
  type Cell,
  type Column,
  cellWidth,
  gap,
  lineWidth,
  type Span,
  tableLine,
  withoutDetails,
} from './table.ts'
import type { Theme } from './theme.ts'

/**
 * A row of a table with all its names whole. A name longer than its column takes room that the next does not need; where
 * there is none, it has a line of its own above the rest.
 *
 * @param below what such a rest begins with: the guides of a tree
 */
export function* wholeRow(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
  theme: Theme,
  below: Cell = [],
): Generator<string> {
  if (theme.columns === null) return yield tableLine(columns, widths, row, theme)
  const line = placed(columns, widths, row, theme)
  if (typeof line === 'string') return yield line
  const [name = [], ...rest] = row
  yield* aloneLines(name, below, theme)
  const left: Cell[] = [below, ...rest]
  for (;;) {
    const line = placed(columns, widths, left, theme)
    if (typeof line === 'string') return yield line
    yield* aloneLines([...below, { text: '  ' }, ...(left[line.stuck] ?? [])], below, theme)
    left[line.stuck] = []
  }
}

/** The row in one line, or the first of its columns that has no room. */
function placed(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
  theme: Theme,
): string | { readonly stuck: number } {
  let line = ''
  let cursor = 0
  let end = -gap
  for (const [i, column] of columns.entries()) {
    end += gap + (widths[i] ?? 0)
    const whole = row[i] ?? []
    if (whole.length === 0) continue
    // It begins at its column, or before that where it is too long and what stands before is short.
    const least = cursor === 0 ? 0 : cursor + gap
    const own = Math.max(least, end - (widths[i] ?? 0))
    const limit = roomEnd(columns, widths, row, i, end)
    const cell = withoutDetails(whole, limit - own, theme)
    const width = cellWidth(cell)
    const start = column.align === 'right' || own + width > limit ? Math.max(end - width, least) : own
    if (start + width > end && !hasRoomAfter(columns, widths, row, i, start + width, theme))
      return { stuck: i }
    line += ' '.repeat(start - cursor) + cell.map((span) => painted(span, theme)).join('')
    cursor = start + width
  }
  return line
}

/** Where a column has to end that should end at `end`: later where the number that follows leaves room before it. */
function roomEnd(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
  at: number,
  end: number,
): number {
  if (columns[at]?.align === 'right' || columns[at + 1]?.align !== 'right') return end
  return Math.max(end, end + (widths[at + 1] ?? 0) - cellWidth(row[at + 1] ?? []))
}

/** Whether what follows has room when a cell ends later than its column does. */
function hasRoomAfter(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
  at: number,
  cursor: number,
  theme: Theme,
): boolean {
  const next = columns.findIndex((_, i) => i > at && (row[i] ?? []).length > 0)
  if (next < 0) return cursor <= (theme.columns ?? cursor)
  const room = lineWidth(widths.slice(0, next + 1)) - cursor - gap
  return room >= 0 && cellWidth(withoutDetails(row[next] ?? [], room, theme)) <= room
}

const painted = (span: Span, theme: Theme): string =>
  span.text === '' ? '' : theme.paint(span.style ?? 'plain', span.text)

/** A cell on a line of its own, and on more where a terminal is too narrow for it. */
function* aloneLines(cell: Cell, below: Cell, theme: Theme): Generator<string> {
  const columns = theme.columns ?? Number.POSITIVE_INFINITY
  let line = ''
  let used = 0
  for (const span of cell) {
    let rest = span.text
    while (used + displayWidth(rest) > columns) {
      const piece = pieceWithin(rest, columns - used)
      if (piece === '' && used <= cellWidth(below) + 4) break
      yield line + painted({ ...span, text: piece }, theme)
      rest = rest.slice(piece.length)
      line = `${below.map((one) => painted(one, theme)).join('')}    `
      used = cellWidth(below) + 4
    }
    line += painted({ ...span, text: rest }, theme)
    used += displayWidth(rest)
  }
  yield line
}

/** The longest start of a name that fits, up to a dot where there is one. */
function pieceWithin(text: string, cells: number): string {
  let used = 0
  let fits = ''
  let dotted = ''
  for (const character of text) {
    used += displayWidth(character)
    if (used > cells) break
    fits += character
    if (character === '.') dotted = fits
  }
  return dotted === '' ? fits : dotted
}
