import { cutEnd, cutMiddle, displayWidth } from '../width.ts'
import type { Style, Theme } from './theme.ts'

/** A piece of a cell. `text` is printable already. */
export interface Span {
  readonly text: string
  readonly style?: Style
  /**
   * Where it may be cut when the line is too long; `whole`: it is left out, as numbers are, of which a part is wrong.
   * `names`: of `A|B|C` the last are left out. Of names (`middle`) and sets (`set`, of `{0..4,6..10,12..16}` only the ends
   * are said) a part is shown where a row has to be one line, and nowhere else. Spans without it are never cut.
   */
  readonly cut?: 'middle' | 'end' | 'whole' | 'set' | 'names'
}

export type Cell = readonly Span[]

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** The column may shrink to this many cells when the line is too long; never, when absent. */
  readonly least?: number
  /** Content beyond this does not widen the column; its line goes out of step instead. */
  readonly most?: number
}

/** Cells between two columns. */
export const gap = 2

export function cellWidth(cell: Cell): number {
  let width = 0
  for (const span of cell) width += displayWidth(span.text)
  return width
}

/** Widens `widths` for one row, so that a table need not be held to be measured. */
export function measureRow(columns: readonly Column[], widths: number[], row: readonly Cell[]): void {
  for (let i = 0; i < columns.length; i++) {
    const most = columns[i]?.most ?? Number.POSITIVE_INFINITY
    const width = Math.min(cellWidth(row[i] ?? []), most)
    if (width > (widths[i] ?? 0)) widths[i] = width
  }
}

/** Cells a line of these widths takes. */
export function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1)
}

/** Shrinks the columns that may, the widest first, until a line fits `available`. */
export function fitWidths(columns: readonly Column[], widths: number[], available: number): void {
  let excess = lineWidth(widths) - available
  while (excess > 0) {
    let widest = -1
    let second = 0
    columns.forEach((column, i) => {
      const room = (widths[i] ?? 0) - (column.least ?? Number.POSITIVE_INFINITY)
      if (room <= 0) return
      if (widest < 0 || (widths[i] ?? 0) > (widths[widest] ?? 0)) {
        second = widest < 0 ? 0 : (widths[widest] ?? 0)
        widest = i
      } else second = Math.max(second, widths[i] ?? 0)
    })
    if (widest < 0) return
    const width = widths[widest] ?? 0
    const step = Math.max(1, Math.min(excess, width - second, width - (columns[widest]?.least ?? 0)))
    widths[widest] = width - step
    excess -= step
  }
}

/** What is cut to less than this says nothing any more. */
const leastCut = 5

/** The cell in `width` cells, or in more where that would cost it a name or a number that has to be there. */
export function withoutDetails(cell: Cell, width: number, theme: Theme): Cell {
  const excess = cellWidth(cell) - width
  if (excess <= 0) return cell
  const cut = [...cell]
  cutEnds(cut, leaveOut(cut, excess, theme), theme)
  return cut
}

/** The cell in at most `width` cells, by cutting the spans that allow it: sentences first, then the longest names. */
function cutCell(cell: Cell, width: number, theme: Theme): Cell {
  const cut = [...withoutDetails(cell, width, theme)]
  const left = cellWidth(cut) - width
  if (left <= 0) return cut
  const more = left > 0 ? cutSets(cut, left, theme) : left
  if (more > 0) cutNames(cut, more, theme)
  return cut
}

/** Leaves out what may not be cut, from the last one on, with a mark where there is room for it. */
function leaveOut(cell: Span[], excess: number, { glyphs: { ellipsis } }: Theme): number {
  let left = excess
  let first = -1
  for (let i = cell.length - 1; i >= 0 && left > 0; i--) {
    const span = cell[i] as Span
    if (span.cut !== 'whole' || span.text === '') continue
    left -= displayWidth(span.text)
    cell[i] = { ...span, text: '' }
    first = i
  }
  if (first >= 0 && left + displayWidth(ellipsis) + 1 <= 0) {
    const before = cell.slice(0, first).findLast(({ text }) => text !== '')
    const text = before === undefined || before.text.endsWith(' ') ? ellipsis : ` ${ellipsis}`
    cell[first] = { text, style: 'quiet' }
    left += displayWidth(text)
  }
  return left
}

/** Cuts sentences from the last one on and returns what is still too long; one cut to nothing is left out. */
function cutEnds(cell: Span[], excess: number, { glyphs: { ellipsis } }: Theme): number {
  let left = excess
  for (let i = cell.length - 1; i >= 0 && left > 0; i--) {
    const span = cell[i] as Span
    if (span.cut === 'names') {
      const text = cutNameList(span.text, displayWidth(span.text) - left, ellipsis)
      left -= displayWidth(span.text) - displayWidth(text)
      cell[i] = { ...span, text }
      continue
    }
    if (span.cut !== 'end') continue
    const had = displayWidth(span.text)
    const alone = had - left < leastCut && i > 0 && cell[i - 1]?.cut === 'end'
    const text = alone ? '' : cutEnd(span.text, Math.max(1, had - left), ellipsis)
    cell[i] = { ...span, text }
    left -= had - displayWidth(text)
    // What follows the cut may have left room to say that something is missing.
    if (alone && left + displayWidth(ellipsis) + 1 <= 0) {
      cell[i] = { ...span, text: ` ${ellipsis}` }
      return 0
    }
  }
  return left
}

/** `A|B|…` in at most `cells`, and at least its first name. */
function cutNameList(text: string, cells: number, ellipsis: string): string {
  const names = text.split('|')
  while (names.length > 1 && displayWidth(`${names.join('|')}|${ellipsis}`) > cells) names.pop()
  const shown = `${names.join('|')}|${ellipsis}`
  return displayWidth(shown) < displayWidth(text) ? shown : text
}

/** Of a set of numbers, the first and the last run. */
function cutSets(cell: Span[], excess: number, { glyphs: { ellipsis } }: Theme): number {
  let left = excess
  for (const [i, span] of cell.entries()) {
    const runs = span.text.slice(1, -1).split(',')
    if (span.cut !== 'set' || runs.length < 3 || left <= 0) continue
    const text = `{${runs[0]},${ellipsis},${runs.at(-1)}}`
    left -= displayWidth(span.text) - displayWidth(text)
    cell[i] = { ...span, text }
  }
  return left
}

function cutNames(cell: Span[], excess: number, { glyphs: { ellipsis } }: Theme): void {
  let left = excess
  const names = [...cell.keys()].filter((i) => cell[i]?.cut === 'middle' || cell[i]?.cut === 'names')
  names.sort((a, b) => (cell[b]?.text.length ?? 0) - (cell[a]?.text.length ?? 0))
  for (const least of [leastCut, 1])
    for (const i of names) {
      const span = cell[i] as Span
      if (left <= 0) return
      const had = displayWidth(span.text)
      const text = cutMiddle(span.text, Math.max(Math.min(least, had), had - left), ellipsis)
      left -= had - displayWidth(text)
      cell[i] = { ...span, text }
    }
}

/** One line of a table. No spaces at its end. */
export function tableLine(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
  theme: Theme,
): string {
  let line = ''
  let owed = 0
  columns.forEach((column, i) => {
    const width = widths[i] ?? 0
    const whole = row[i] ?? []
    const cell = theme.columns === null ? whole : cutCell(whole, width, theme)
    const missing = Math.max(0, width - cellWidth(cell))
    if (column.align === 'right') owed += missing
    for (const span of cell) {
      if (span.text === '') continue
      line += ' '.repeat(owed) + theme.paint(span.style ?? 'plain', span.text)
      owed = 0
    }
    owed += gap + (column.align === 'left' ? missing : 0)
  })
  return line
}

/** The line of titles. */
export function headLine(columns: readonly Column[], widths: readonly number[], theme: Theme): string {
  return tableLine(
    columns,
    widths,
    columns.map(({ title }) => [{ text: title, style: 'quiet' }]),
    theme,
  )
}
