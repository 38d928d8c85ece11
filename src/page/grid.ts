import type { Child } from '../render/html/element.ts'
import { make } from './dom.ts'
import type { Order } from './tree-rows.ts'
import { VirtualRows } from './virtual-rows.ts'

/** A line of the grid as it is drawn. */
export interface GridRow {
  readonly name: readonly Child[]
  /** By column after the name: what stands there, and the class of a colour before it. */
  readonly cells: readonly { readonly text: string; readonly swatch?: string }[]
  /** From 1. */
  readonly level: number
  /** Whether it is open; null where there is nothing to open. */
  readonly open: boolean | null
  readonly place: number
  readonly siblings: number
}

export interface GridColumn {
  /** Its class in the style sheet. */
  readonly id: string
  readonly title: string
  /** What a click on its title sorts by; null for nothing. */
  readonly order: Order | null
}

/** What the grid shows, and what becomes of what is done in it. */
export interface GridSource {
  readonly length: number
  row(index: number): GridRow
  /** A line was chosen: by a click, by Enter, or by walking to it. */
  choose(index: number): void
  toggle(index: number): void
  /** The line that one is under; -1 for none. */
  parentOf(index: number): number
}

const rowHeight = 30
const headHeight = 34

/** Grids of a page so far: the lines of each have ids of their own. */
let grids = 0

/** The lines of a tree or a list, of which any number may be there, with the keys that people expect. */
export class Grid {
  readonly element: HTMLElement
  readonly #rows: VirtualRows
  readonly #head: HTMLElement
  readonly #columns: readonly GridColumn[]
  readonly #id = ++grids
  #source: GridSource
  #active = -1

  /** @param columns the name first */
  constructor(
    label: string,
    columns: readonly GridColumn[],
    source: GridSource,
    onSort: (order: Order) => void,
  ) {
    this.#columns = columns
    this.#source = source
    this.#head = make('div', { class: 'row head', role: 'row' })
    for (const { id, title, order } of columns) {
      const cell = make('span', { role: 'columnheader', class: `cell ${id}` })
      if (order === null) cell.append(title)
      else {
        const button = make('button', { type: 'button', 'data-order': order }, title)
        button.addEventListener('click', () => onSort(order))
        cell.append(button)
      }
      this.#head.append(cell)
    }
    this.element = make(
      'div',
      { class: 'grid', role: 'treegrid', 'aria-label': label, tabindex: '0' },
      make('div', { role: 'rowgroup', class: 'head-group' }, this.#head),
    )
    this.#rows = new VirtualRows(this.element, { rowHeight, headHeight }, (index) => this.#draw(index))
    this.element.addEventListener('keydown', (event) => this.#key(event))
    this.element.addEventListener('click', (event) => this.#click(event))
  }

  /** Shows the lines of a source, or its own anew. */
  show(source: GridSource = this.#source): void {
    if (source !== this.#source) this.#active = -1
    this.#source = source
    this.element.setAttribute('aria-rowcount', String(source.length + 1))
    this.#rows.count = source.length
    if (this.#active >= source.length) this.#active = source.length - 1
  }

  /** Says in the head what comes first. */
  sorted(order: Order): void {
    for (const button of this.#head.querySelectorAll<HTMLElement>('button')) {
      const isIt = button.dataset.order === order
      const cell = button.parentElement as HTMLElement
      if (isIt) cell.setAttribute('aria-sort', order === 'name' ? 'ascending' : 'descending')
      else cell.removeAttribute('aria-sort')
    }
  }

  /** Makes a line the current one, and has it in sight. */
  activate(index: number): void {
    this.#active = index
    this.#rows.reveal(index)
    this.#point()
  }

  scrollToTop(): void {
    this.element.scrollTop = 0
    this.#rows.refresh()
  }

  #draw(index: number): HTMLElement {
    const { name, cells, level, open, place, siblings } = this.#source.row(index)
    const nameCell = make('span', { role: 'gridcell', class: 'cell name' })
    nameCell.style.paddingInlineStart = `${12 + Math.min(level - 1, 16) * 16}px`
    nameCell.append(
      make('span', {
        class: `twist ${open === null ? 'none' : open ? 'open' : 'shut'}`,
        'aria-hidden': 'true',
      }),
      make('span', { class: 'text' }, ...name),
    )
    const row = make(
      'div',
      {
        role: 'row',
        id: this.#rowId(index),
        class: `row${index === this.#active ? ' active' : ''}`,
        'aria-rowindex': String(index + 2),
        'aria-level': String(level),
        'aria-posinset': String(place),
        'aria-setsize': String(siblings),
        'aria-selected': String(index === this.#active),
        ...(open === null ? {} : { 'aria-expanded': String(open) }),
      },
      nameCell,
      ...cells.map(({ text, swatch }, i) =>
        make(
          'span',
          { role: 'gridcell', class: `cell ${this.#columns[i + 1]?.id}` },
          ...(swatch === undefined ? [] : [make('span', { class: `dot ${swatch}`, 'aria-hidden': 'true' })]),
          text,
        ),
      ),
    )
    row.dataset.index = String(index)
    return row
  }

  #click({ target }: MouseEvent): void {
    const row = (target as Element).closest<HTMLElement>('[data-index]')
    if (row === null) return
    const index = Number(row.dataset.index)
    this.activate(index)
    if ((target as Element).closest('.twist') !== null || this.#source.row(index).open !== null)
      this.#toggle(index)
    this.#source.choose(index)
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return
    const { length } = this.#source
    if (length === 0) return
    const at = this.#active
    const moves: Readonly<Record<string, () => number>> = {
      ArrowDown: () => Math.min(at + 1, length - 1),
      ArrowUp: () => Math.max(at - 1, 0),
      PageDown: () => Math.min(at + this.#rows.page, length - 1),
      PageUp: () => Math.max(at - this.#rows.page, 0),
      Home: () => 0,
      End: () => length - 1,
      ArrowRight: () => this.#right(at),
      ArrowLeft: () => this.#left(at),
      Enter: () => at,
      ' ': () => at,
    }
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    const next = move()
    if (next < 0) return
    if ((event.key === 'Enter' || event.key === ' ') && this.#source.row(next).open !== null)
      this.#toggle(next)
    this.activate(next)
    this.#source.choose(next)
  }

  #right(at: number): number {
    if (at < 0) return 0
    const { open } = this.#source.row(at)
    if (open === null) return at
    if (!open) this.#toggle(at)
    else return Math.min(at + 1, this.#source.length - 1)
    return at
  }

  #left(at: number): number {
    if (at < 0) return 0
    if (this.#source.row(at).open !== true) return Math.max(this.#source.parentOf(at), 0)
    this.#toggle(at)
    return at
  }

  #toggle(index: number): void {
    this.#source.toggle(index)
    this.show()
  }

  /** Tells who cannot see it which line is the current one, while that is there. */
  #point(): void {
    const id = this.#rowId(this.#active)
    if (document.getElementById(id) === null) this.element.removeAttribute('aria-activedescendant')
    else this.element.setAttribute('aria-activedescendant', id)
  }

  #rowId(index: number): string {
    return `line-${this.#id}-${index}`
  }
}
