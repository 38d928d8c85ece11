import { bytesText } from '../model/bytes-text.ts'
import { inspectionOf } from '../model/inspection.ts'
import { type Outline, outline } from '../model/modules/outline.ts'
import type { StateDictReport } from '../model/report.ts'
import { classText } from '../render/class-text.ts'
import { nameOf } from '../render/html/outline-table.ts'
import type { StateDictDetails } from '../render/html/page-content.ts'
import { shapeText } from '../render/shape-text.ts'
import { count, nameForOutput, plural, sentence } from '../render/text.ts'
import { moduleView, tensorView } from './detail-view.ts'
import { built, make } from './dom.ts'
import { Grid, type GridColumn, type GridRow, type GridSource } from './grid.ts'
import { MapView } from './map-view.ts'
import { ordered, searched } from './tensor-list.ts'
import { bytesOf, type Order, parametersOf, TreeRows } from './tree-rows.ts'

const columns: readonly GridColumn[] = [
  { id: 'name', title: 'Name', order: 'name' },
  { id: 'what', title: 'What it is', order: null },
  { id: 'type', title: 'Type', order: null },
  { id: 'parameters', title: 'Parameters', order: 'parameters' },
  { id: 'size', title: 'Size', order: 'size' },
]

/** Milliseconds without a key after which a search begins. */
const typing = 120

/** The map, the tree and the page of a tensor, of one state dict. */
export class Explorer {
  readonly element: HTMLElement
  readonly #stateDict: StateDictReport
  readonly #details: StateDictDetails
  readonly #map: MapView
  readonly #grid: Grid
  readonly #panel: HTMLElement
  readonly #found = make('p', { class: 'found quiet', role: 'status' })
  readonly #search: HTMLInputElement
  #outline: Outline
  #tree: TreeRows
  #order: Order = 'file'
  /** Tensors found; null while the tree is shown. */
  #hits: Uint32Array | null = null
  #searches = 0

  /** @param lines the outline of the state dict */
  constructor(stateDict: StateDictReport, details: StateDictDetails, lines: Outline) {
    this.#stateDict = stateDict
    this.#details = details
    const inspection = inspectionOf(stateDict)
    this.#outline = lines
    this.#tree = new TreeRows(this.#outline)
    this.#map = new MapView(inspection, details, {
      tensor: (index) => this.#showTensor(index, 1),
      module: (index) => this.#showModule(index, 1),
    })
    this.#grid = new Grid('Modules and tensors', columns, this.#treeSource(), (order) => this.#sort(order))
    this.#panel = make('aside', { class: 'panel', 'aria-label': 'Details', tabindex: '0', hidden: '' })
    this.#search = make('input', {
      type: 'search',
      placeholder: 'weight, layers.*.bias, **.running_mean',
      autocomplete: 'off',
      spellcheck: 'false',
    })
    let timer = 0
    this.#search.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => void this.#find(), typing) as unknown as number
    })
    this.#search.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter' || key === 'ArrowDown') this.#grid.element.focus()
    })
    const folds = make('input', { type: 'checkbox', checked: '' })
    folds.addEventListener('change', () => {
      this.#outline = outline(stateDict, { noFold: !folds.checked })
      this.#tree = new TreeRows(this.#outline)
      this.#tree.sort(this.#order)
      if (this.#hits === null) this.#grid.show(this.#treeSource())
    })
    this.element = make(
      'section',
      { class: 'explorer', 'aria-label': 'Explorer' },
      this.#map.element,
      make(
        'div',
        { class: 'bar-of-tools' },
        make('label', { class: 'search' }, make('span', {}, 'Search'), this.#search),
        make('label', { class: 'check' }, folds, make('span', {}, 'repeated blocks once')),
        this.#found,
      ),
      make('div', { class: 'beside' }, this.#grid.element, this.#panel),
    )
    this.#grid.show()
    this.#tellCount()
  }

  /** Puts the cursor where names are searched. */
  focusSearch(): void {
    this.#search.focus()
    this.#search.select()
  }

  closePanel(): void {
    this.#panel.hidden = true
  }

  #treeSource(): GridSource {
    const tree = this.#tree
    return {
      get length() {
        return tree.length
      },
      row: (index: number) => this.#treeRow(index),
      choose: (index: number) => {
        const node = tree.at(index)?.node
        if (node === undefined) return
        if (node.type === 'module') this.#showModule(node.node.index, node.times)
        else this.#showTensor(this.#indexOf(node.tensor.name), node.times)
      },
      toggle: (index: number) => tree.toggle(index),
      parentOf: (index: number) => tree.parentOf(index),
    }
  }

  #treeRow(index: number): GridRow {
    const row = this.#tree.at(index)
    if (row === undefined) throw new Error('there is such a line')
    const { node, level, place, siblings, open } = row
    const bytes = bytesOf(node)
    const sizes = [
      { text: numberText(parametersOf(node)) },
      { text: bytes === null ? '–' : bytesText(bytes) },
    ]
    const at = { name: nameOf(node), level, place, siblings }
    if (node.type === 'tensor')
      return { ...at, cells: [...this.#tensorCells(this.#indexOf(node.tensor.name)), ...sizes], open: null }
    const what =
      node.module === undefined ? plural(node.each.tensors, 'tensor') : sentence(classText(node.module))
    return { ...at, cells: [{ text: what }, { text: node.each.dtype ?? '–' }, ...sizes], open }
  }

  #listSource(hits: Uint32Array): GridSource {
    const { table } = inspectionOf(this.#stateDict)
    return {
      length: hits.length,
      row: (index: number): GridRow => {
        const tensor = hits[index] as number
        const bytes = table.bytes(tensor)
        const { kind } = inspectionOf(this.#stateDict).verdict(tensor)
        return {
          name: [nameForOutput(table.name(tensor))],
          cells: [
            ...this.#tensorCells(tensor),
            { text: numberText(kind.answer === 'parameter' ? table.elements(tensor) : 0) },
            { text: bytes === null ? '–' : bytesText(bytes) },
          ],
          level: 1,
          place: index + 1,
          siblings: hits.length,
          open: null,
        }
      },
      choose: (index: number) => this.#showTensor(hits[index] as number, 1),
      toggle: () => {},
      parentOf: () => -1,
    }
  }

  /** What a tensor is, and its type. */
  #tensorCells(tensor: number): GridRow['cells'] {
    const inspection = inspectionOf(this.#stateDict)
    const { kind } = inspection.verdict(tensor)
    const doubt = kind.level === 'assumed' ? '?' : ''
    return [
      {
        text: `${kind.answer}${doubt} ${shapeText(inspection.table.shape(tensor))}`,
        swatch: `kind-${kind.answer}`,
      },
      { text: inspection.table.dtype(tensor) ?? '–' },
    ]
  }

  #names: ReadonlyMap<string, number> | null = null

  /** The tensor of this name, by way of its module: no list of all names is made. */
  #indexOf(name: string): number {
    const { tree, table } = inspectionOf(this.#stateDict)
    const dot = name.lastIndexOf('.')
    const owner = tree.at(dot < 0 ? '' : name.slice(0, dot))
    if (owner !== undefined) {
      const own = owner.tensors
      if (own.length < 1_000) {
        for (const tensor of own) if (table.name(tensor) === name) return tensor
      }
    }
    this.#names ??= new Map(Array.from({ length: table.length }, (_, index) => [table.name(index), index]))
    return this.#names.get(name) ?? 0
  }

  #showTensor(tensor: number, alike: number): void {
    this.#fill(tensorView(tensor, alike, inspectionOf(this.#stateDict), this.#details).map(built))
  }

  #showModule(module: number, alike: number): void {
    const zoom = make('button', { type: 'button', class: 'plain' }, 'Show it in the map')
    zoom.addEventListener('click', () => this.#map.zoom(module))
    const inspection = inspectionOf(this.#stateDict)
    this.#fill([...moduleView(module, alike, inspection, this.#map.weightsOf(module)).map(built), zoom])
  }

  #fill(nodes: readonly Node[]): void {
    const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Close the details' }, '×')
    close.addEventListener('click', () => {
      this.closePanel()
      this.#grid.element.focus()
    })
    this.#panel.replaceChildren(close, ...nodes)
    this.#panel.hidden = false
    this.#panel.scrollTop = 0
  }

  async #find(): Promise<void> {
    const search = ++this.#searches
    const query = this.#search.value.trim()
    if (query === '') {
      this.#hits = null
      this.#grid.show(this.#treeSource())
      this.#tellCount()
      return
    }
    this.#found.textContent = 'searching…'
    const inspection = inspectionOf(this.#stateDict)
    const hits = await searched(inspection, query, () => search === this.#searches)
    if (hits === null) return
    this.#hits = hits
    this.#grid.show(this.#listSource(ordered(inspection, hits, this.#order)))
    this.#grid.scrollToTop()
    this.#found.textContent = `${plural(hits.length, 'tensor')} found`
  }

  #tellCount(): void {
    this.#found.textContent = plural(inspectionOf(this.#stateDict).length, 'tensor')
  }

  #sort(wanted: Order): void {
    this.#order = wanted === this.#order ? 'file' : wanted
    this.#grid.sorted(this.#order)
    this.#tree.sort(this.#order)
    if (this.#hits === null) this.#grid.show(this.#treeSource())
    else {
      const rows = ordered(inspectionOf(this.#stateDict), this.#hits, this.#order)
      this.#grid.show(this.#listSource(rows))
    }
    this.#grid.scrollToTop()
  }
}

function numberText(value: number): string {
  return value === 0 ? '–' : count(value)
}
