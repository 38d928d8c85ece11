import { fitted } from '../render/terminal/fitted-columns.ts'
import { headLine, lineWidth, measureRow, tableLine } from '../render/terminal/table.ts'
import { makeTheme, type Theme } from '../render/terminal/theme.ts'
import type { TreeColumn } from '../render/terminal/tree.ts'
import { count, plural, printable } from '../render/text.ts'
import { cutEnd, displayWidth, padEnd, wrapped } from '../render/width.ts'
import { quietly, statisticsLines } from './about.ts'
import type { Browser } from './browser.ts'
import { keyHelp } from './help.ts'
import { shownRow } from './tree-rows.ts'

/** Of a terminal, in cells. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** From this width on, what is told of a line stands beside the tree; below it where the terminal is narrower. */
const sideBySide = 110
/** What is told of a line is sentences, which are read worse where they are wider. */
const widestAbout = 76
/** Fewer cells or lines say nothing. */
const leastColumns = 20
const leastRows = 3

/** Draws a browser as the lines of a terminal: never more than there are, none wider than it is. */
export class Screen {
  readonly #theme: Theme
  readonly #plain: Theme
  /** Widths grow as wider lines come by, and do not jump back. */
  #widths: number[] = []
  #widthsOf: unknown = null
  #overview: { readonly key: string; readonly lines: readonly string[] } | null = null
  #about: { readonly key: string; readonly lines: readonly string[] } | null = null

  /** @param theme colours and glyphs; its width is not looked at */
  constructor(theme: Theme) {
    this.#theme = theme
    this.#plain = makeTheme({ ascii: theme.ascii })
  }

  lines(browser: Browser, { columns, rows }: Size): string[] {
    if (columns < leastColumns || rows < leastRows)
      return ['too small'].map((text) => text.slice(0, columns)).slice(0, rows)
    const body = rows - 2
    if (browser.overlay !== null) return this.#overlay(browser, browser.overlay, columns, rows)
    const isBeside = browser.isAbout && columns >= sideBySide
    const room = browser.isAbout && !isBeside ? Math.min(Math.floor(body * 0.55), body - 2) : 0
    const below = room < 2 ? 0 : room
    const treeColumns = isBeside ? Math.max(Math.floor(columns * 0.5), columns - widestAbout) : columns
    // The heads of the columns take a line where there is one to spare.
    const hasHead = body - below >= 3
    const treeRows = body - below - (hasHead ? 1 : 0)
    browser.fit(treeRows)
    const tree = this.#tree(browser, treeColumns, treeRows, hasHead)
    const title = this.#theme.paint('strong', this.#cut(browser.browsed.title, columns))
    const lines = [title]
    if (isBeside) {
      const about = this.#aboutLines(browser, columns - treeColumns - 3, body)
      const bar = this.#theme.ascii ? '|' : '│'
      for (let i = 0; i < body; i++) {
        const [text = '', width = 0] = tree[i] ?? []
        const gap = ' '.repeat(Math.max(0, treeColumns - width))
        lines.push(`${text}${gap} ${this.#theme.paint('line', bar)} ${about[i] ?? ''}`)
      }
    } else {
      for (let i = 0; i < body - below; i++) lines.push(tree[i]?.[0] ?? '')
      if (below > 0) {
        const rule = this.#theme.glyphs.rule.repeat(columns)
        lines.push(this.#theme.paint('line', rule))
        const about = this.#aboutLines(browser, columns, below - 1)
        for (let i = 0; i < below - 1; i++) lines.push(about[i] ?? '')
      }
    }
    lines.push(this.#last(browser, columns))
    return lines
  }

  /** Lines of the tree with their widths. */
  #tree(
    browser: Browser,
    columns: number,
    rows: number,
    hasHead: boolean,
  ): readonly (readonly [text: string, width: number])[] {
    const theme: Theme = { ...this.#theme, columns: columns - 2, paint: this.#theme.paint }
    const plain: Theme = { ...this.#plain, columns: columns - 2, paint: this.#plain.paint }
    const wanted = browser.shown.columns(theme)
    const marks = theme.ascii ? (['-', '+'] as const) : (['▾', '▸'] as const)
    const first = browser.top
    const shown = browser.rows.slice(first, first + rows).map((row) => shownRow(row, theme.glyphs, marks))
    const cells = shown.map((row) => wanted.map((column) => column.cell(row, Number.POSITIVE_INFINITY)))
    if (this.#widthsOf !== browser.shown || this.#widths.length !== wanted.length) {
      this.#widthsOf = browser.shown
      this.#widths = wanted.map(({ title }) => title.length)
    }
    for (const row of cells) measureRow(wanted, this.#widths, row)
    const { columns: fit, widths } = fitted(wanted, this.#widths, theme)
    const lines: [string, number][] = []
    const cut = (text: string): string => cutEnd(text, columns - 2, theme.glyphs.ellipsis)
    if (hasHead) {
      const head = cut(headLine(fit, widths, plain))
      lines.push([`  ${this.#theme.paint('quiet', head)}`, displayWidth(head) + 2])
    }
    for (const [i, row] of shown.entries()) {
      const own = fit.map((column: TreeColumn, at) => column.cell(row, widths[at] ?? 0))
      const bare = tableLine(fit, widths, own, plain)
      const isHere = first + i === browser.cursor
      const fits = lineWidth(widths) <= columns - 2 && displayWidth(bare) <= columns - 2
      const star = isFound(browser, first + i) ? '*' : ' '
      const text = isHere || !fits ? cut(bare) : tableLine(fit, widths, own, theme)
      if (!isHere)
        lines.push([` ${this.#theme.paint('warning', star)}${text}`, displayWidth(fits ? bare : text) + 2])
      else {
        const whole = padEnd(`${theme.ascii ? '>' : '›'}${star}${text}`, columns)
        lines.push([inverse(whole, browser.isAboutFocused, this.#hasColor), columns])
      }
    }
    if (cells.length === 0) lines.push([this.#theme.paint('quiet', '  nothing'), 9])
    return lines
  }

  get #hasColor(): boolean {
    return this.#theme.paint('strong', 'x') !== 'x'
  }

  #aboutLines(browser: Browser, columns: number, rows: number): readonly string[] {
    const { row } = browser
    if (row === undefined || rows < 1 || columns < 8) return []
    const theme: Theme = { ...this.#theme, columns, paint: this.#theme.paint }
    const name = row.node.type === 'tensor' ? row.node.tensor.name : `${row.node.node.path}.`
    const isCollected = browser.browsed.isCollected(browser.choice)
    const key = JSON.stringify([browser.choice, name, columns, row.times, browser.onlyDifferent, isCollected])
    if (this.#about?.key !== key)
      this.#about = { key, lines: browser.browsed.about(browser.choice, row.node, theme) }
    if (row.node.type === 'tensor' && !isCollected) browser.want()
    const values = this.#valueLines(browser, theme)
    const hint =
      row.node.type === 'tensor' && browser.values === undefined
        ? [...quietly('  v reads its values', theme)]
        : []
    const lines = [...values, ...this.#about.lines, ...hint].flatMap((line) => inPieces(line, columns, theme))
    const top = Math.min(browser.aboutTop, Math.max(0, lines.length - rows))
    browser.aboutTop = top
    const seen = lines.slice(top, top + rows)
    const left = lines.length - top - rows
    if (left > 0)
      seen[rows - 1] = theme.paint(
        'quiet',
        this.#cut(`${theme.glyphs.ellipsis} ${count(left + 1)} more lines: Tab, then ↓`, columns),
      )
    return seen
  }

  #valueLines(browser: Browser, theme: Theme): string[] {
    const { values } = browser
    if (browser.row?.node.type !== 'tensor') return []
    if (values === undefined) return []
    if (values === 'reading') return [...quietly('  reading the values: Esc ends it', theme)]
    if ('problem' in values)
      return wrapped(printable(values.problem, theme.ascii), Math.max(8, (theme.columns ?? 80) - 2)).map(
        (line) => `  ${theme.paint('warning', line)}`,
      )
    return [...statisticsLines(values, theme)]
  }

  /** The last line: what is typed, what was said, or the keys. */
  #last(browser: Browser, columns: number): string {
    if (browser.typed !== null) {
      const shown = `/${printable(browser.typed, this.#theme.ascii)}`
      // The end is where one types, and no more of what was pasted is looked at than there is room for.
      const cells = [...shown].slice(-columns)
      while (displayWidth(cells.join('')) > columns - 1) cells.shift()
      return `${cells.join('')}${inverse(' ', false, true)}`
    }
    const message = this.#cut(browser.message, columns)
    const facts: string[] = []
    const { choices } = browser.browsed
    if (choices.length > 1)
      facts.push(`[${browser.choice + 1}/${choices.length}] ${choices[browser.choice] || '(the file)'}`)
    const { search } = browser
    if (search?.isDone === false)
      facts.push(`looking: ${Math.floor(search.share * 100)} %, ${count(search.found)} found (Esc ends it)`)
    else if (search !== null)
      facts.push(
        `${browser.foundAt === 0 ? '' : `${count(browser.foundAt)} of `}${plural(search.found, 'tensor')} found (n, N, Esc)`,
      )
    if (browser.sort === 'order') facts.push('in file order')
    else if (browser.sort !== null) facts.push(`by ${browser.sort}`)
    if (browser.onlyDifferent) facts.push('only differences')
    facts.push(`line ${count(browser.cursor + 1)} of ${count(browser.rows.length)}`)
    // The first stay where there is no room for all.
    facts.push('? keys  q quit  / find  i about  v values  o overview')
    if (message === '') return this.#theme.paint('quiet', this.#cut(facts.join('   '), columns))
    const room = columns - displayWidth(message) - 3
    const rest = room < 20 ? '' : this.#theme.paint('quiet', `   ${this.#cut(facts.join('   '), room)}`)
    return this.#theme.paint('warning', message) + rest
  }

  /** Help, or all that is to be known beside the tree, in place of it. */
  #overlay(browser: Browser, what: 'help' | 'overview', columns: number, rows: number): string[] {
    const body = rows - 2
    browser.fit(body)
    const lines = what === 'help' ? this.#helpLines(columns) : this.#overviewLines(browser, columns)
    const top = Math.min(browser.overlayTop, Math.max(0, lines.length - body))
    browser.overlayTop = top
    const seen = lines.slice(top, top + body)
    while (seen.length < body) seen.push('')
    const title = what === 'help' ? 'Keys of sdinspect browse' : browser.browsed.title
    const left = lines.length - top - body
    const more = left > 0 ? `${count(left)} more lines: down   ` : ''
    return [
      this.#theme.paint('strong', this.#cut(title, columns)),
      ...seen,
      this.#theme.paint('quiet', this.#cut(`${more}any other key goes back`, columns)),
    ]
  }

  #helpLines(columns: number): readonly string[] {
    const widest = Math.min(26, Math.max(8, Math.floor(columns / 3)))
    return keyHelp.flatMap(([keys, what]) => {
      const [first = '', ...more] = wrapped(what, Math.max(8, columns - widest - 4))
      const key = cutEnd(this.#theme.ascii ? ascii(keys) : keys, widest, '')
      return [
        `  ${this.#theme.paint('strong', padEnd(key, widest))}  ${first}`,
        ...more.map((line) => ' '.repeat(widest + 4) + line),
      ]
    })
  }

  #overviewLines(browser: Browser, columns: number): readonly string[] {
    const key = `${browser.choice} ${columns}`
    if (this.#overview?.key !== key) {
      const theme: Theme = { ...this.#theme, columns, paint: this.#theme.paint }
      const lines = [...browser.browsed.overview(browser.choice, theme)]
      this.#overview = { key, lines: lines.flatMap((line) => inPieces(line, columns, theme)) }
    }
    return this.#overview.lines
  }

  /** Facts stand two spaces apart: those that have no room are left out whole. */
  #cut(text: string, columns: number): string {
    const { ellipsis } = this.#theme.glyphs
    const shown = printable(text, this.#theme.ascii)
    let whole = shown
    while (displayWidth(whole) + (whole === shown ? 0 : 2 + displayWidth(ellipsis)) > columns) {
      const end = whole.lastIndexOf('  ')
      if (end <= 0) return cutEnd(shown, columns, ellipsis)
      whole = whole.slice(0, end).trimEnd()
    }
    return whole === shown ? shown : `${whole}  ${ellipsis}`
  }
}

/** Whether a line is of a tensor that was found, or of a closed module that has one. */
function isFound({ search, rows }: Browser, index: number): boolean {
  const row = rows.at(index)
  if (search?.isDone !== true || row === undefined) return false
  const { node, isOpen } = row
  return node.type === 'tensor'
    ? search.hits[node.index] === 1
    : !isOpen && (search.under[node.node.index] ?? 0) > 0
}

/** Seen without colour too. What has not the keys is only bold. */
function inverse(text: string, isElsewhere: boolean, hasColor: boolean): string {
  if (isElsewhere) return hasColor ? `\x1b[1m${text}\x1b[22m` : text
  return `\x1b[7m${text}\x1b[27m`
}

const painted = /\x1b\[[0-9;]*m/g

/** A painted line in pieces of the width; the colour of one that is cut is given up. */
function inPieces(line: string, columns: number, theme: Theme): readonly string[] {
  const bare = line.replace(painted, '')
  if (displayWidth(bare) <= columns) return [line]
  const indent = /^ */.exec(bare)?.[0] ?? ''
  const room = Math.max(8, columns - indent.length)
  return wrapped(bare.trimStart(), room).map((part) => indent + cutEnd(part, room, theme.glyphs.ellipsis))
}

function ascii(keys: string): string {
  return keys.replace('↑ ↓', 'Up Down').replace('→', 'Right').replace('←', 'Left')
}
