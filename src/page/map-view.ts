import { bytesText } from '../model/bytes-text.ts'
import type { Inspection } from '../model/inspection.ts'
import { swatchView } from '../render/html/checkpoint-view.ts'
import type { StateDictDetails } from '../render/html/page-content.ts'
import { percent } from '../render/numbers.ts'
import { shapeText } from '../render/shape-text.ts'
import { count, nameForOutput } from '../render/text.ts'
import { type Colouring, colouringsOf } from './colouring.ts'
import { built, choice, make } from './dom.ts'
import { type Cell, headHeight, moduleWeights, throughChain, treemapOf } from './treemap.ts'

type Measure = 'bytes' | 'elements'

interface Listener {
  tensor(index: number): void
  module(index: number): void
}

/** The treemap: a canvas, where one is in it, and what its areas and colours say. */
export class MapView {
  readonly element: HTMLElement
  readonly #inspection: Inspection
  readonly #listener: Listener
  readonly #colourings: ReadonlyMap<string, Colouring>
  readonly #canvas = make('canvas', { 'aria-hidden': 'true' })
  readonly #cursor = make('div', { class: 'cursor', hidden: '' })
  readonly #frame: HTMLElement
  readonly #crumbs = make('ol', { class: 'crumbs' })
  readonly #legend = make('ul', { class: 'legend' })
  readonly #caption = make('p', { class: 'caption', 'aria-live': 'polite' })
  readonly #weighed = new Map<Measure, { readonly weights: Float64Array; readonly sums: Float64Array }>()
  #measure: Measure
  #colouring: Colouring
  #root: number
  #cells: readonly Cell[] = []
  #current: Cell | null = null

  constructor(inspection: Inspection, details: StateDictDetails, listener: Listener) {
    this.#inspection = inspection
    this.#listener = listener
    this.#colourings = colouringsOf(inspection, details)
    this.#colouring = this.#colourings.values().next().value as Colouring
    this.#measure = (this.#in('bytes').sums[0] as number) > 0 ? 'bytes' : 'elements'
    this.#root = throughChain(inspection.tree, 0)
    this.#frame = make(
      'div',
      {
        class: 'map',
        tabindex: '0',
        role: 'application',
        'aria-label': 'Map of the modules. Arrow keys move, Enter opens, Backspace goes out.',
      },
      this.#canvas,
      this.#cursor,
    )
    this.element = make(
      'section',
      { class: 'map-section', 'aria-label': 'Map' },
      make(
        'div',
        { class: 'bar-of-tools' },
        make('nav', { 'aria-label': 'Where the map is' }, this.#crumbs),
        choice(
          'Area',
          [
            ['bytes', 'size'],
            ['elements', 'elements'],
          ],
          this.#measure,
          (measure) => {
            this.#measure = measure
            this.#lay()
          },
        ),
        choice(
          'Colour',
          [...this.#colourings].map(([id, { title }]) => [id, title] as const),
          this.#colourings.keys().next().value as string,
          (id) => {
            this.#colouring = this.#colourings.get(id) as Colouring
            this.#paint()
          },
        ),
      ),
      this.#frame,
      this.#caption,
      this.#legend,
    )
    new ResizeObserver(() => this.#lay()).observe(this.#frame)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint())
    this.#frame.addEventListener('mousemove', (event) => this.#point(this.#cellAt(event)))
    this.#frame.addEventListener('mouseleave', () => this.#point(null))
    this.#frame.addEventListener('click', (event) => this.#enter(this.#outerAt(event)))
    this.#frame.addEventListener('keydown', (event) => this.#key(event))
  }

  /** What is in a module, by element and byte, tied tensors once. */
  weightsOf(module: number): { readonly elements: number; readonly bytes: number } {
    return {
      elements: this.#in('elements').sums[module] as number,
      bytes: this.#in('bytes').sums[module] as number,
    }
  }

  /** Shows what is in a module. */
  zoom(module: number): void {
    this.#root = throughChain(this.#inspection.tree, module)
    this.#current = null
    this.#lay()
  }

  /** What tensors and modules weigh by a measure, tied tensors once. */
  #in(measure: Measure): { readonly weights: Float64Array; readonly sums: Float64Array } {
    let weighed = this.#weighed.get(measure)
    if (weighed === undefined) {
      const { table, tree, uncounted, countedAs } = this.#inspection
      const weights = new Float64Array(table.length)
      for (let index = 0; index < weights.length; index++)
        if (!uncounted.has(index) && (measure === 'bytes' || !countedAs.has(index)))
          weights[index] = measure === 'bytes' ? (table.bytes(index) ?? 0) : table.elements(index)
      weighed = { weights, sums: moduleWeights(tree, weights) }
      this.#weighed.set(measure, weighed)
    }
    return weighed
  }

  #lay(): void {
    const { clientWidth: width, clientHeight: height } = this.#frame
    if (width === 0 || height === 0) return
    const ratio = devicePixelRatio || 1
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    this.#cells = treemapOf(this.#inspection.tree, this.#root, this.#in(this.#measure), [width, height])
    this.#paint()
    this.#drawCrumbs()
    this.#point(null)
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d')
    if (context === null) return
    const ratio = devicePixelRatio || 1
    const style = getComputedStyle(this.#frame)
    const ink = style.color
    const paper = style.backgroundColor
    const colours = this.#colouring.categories.map(({ swatch }) => this.#colourOf(swatch))
    const frame = this.#colourOf('module')
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    context.font = `12px ${style.fontFamily}`
    context.textBaseline = 'middle'
    for (const cell of this.#cells) {
      const { x0, y0, x1, y1, open } = cell
      const width = x1 - x0
      const height = y1 - y0
      const gap = Math.min(width, height) > 6 ? 1 : Math.min(width, height) > 2.5 ? 0.5 : 0
      context.fillStyle = open ? frame : (colours[this.#colouring.of(this.#tensorOf(cell))] ?? paper)
      context.fillRect(x0, y0, Math.max(width - gap, 0.5), Math.max(height - gap, 0.5))
      if (width < 44 || height < 16) continue
      if (open && height < headHeight * 2.4) continue
      context.fillStyle = ink
      const room = width - 10
      const label = fitted(context, this.#labelOf(cell), room)
      if (label !== '') context.fillText(label, x0 + 5, y0 + (open ? headHeight / 2 : 11))
    }
    this.#legend.replaceChildren(
      ...this.#colouring.categories.map(({ label, swatch }) =>
        make('li', {}, built(swatchView(swatch)), label),
      ),
    )
  }

  #mark(cell: Cell | null): void {
    this.#cursor.hidden = cell === null
    if (cell === null) return
    const { style } = this.#cursor
    style.transform = `translate(${cell.x0}px, ${cell.y0}px)`
    style.width = `${cell.x1 - cell.x0}px`
    style.height = `${cell.y1 - cell.y0}px`
  }

  /** What a class of the style sheet paints, as a canvas takes it. */
  #colourOf(swatch: string): string {
    const probe = make('span', { class: `probe ${swatch}` })
    this.#frame.append(probe)
    const colour = getComputedStyle(probe).fill
    probe.remove()
    return colour
  }

  /** The tensor whose colour a cell has: its own, or the first in it. */
  #tensorOf({ type, index }: Cell): number {
    if (type === 'tensor') return index
    const { tree } = this.#inspection
    let module = index
    while (tree.ownCount(module) === 0) {
      const child = tree.firstChildren[module] as number
      if (child === 0) return 0
      module = child
    }
    return tree.ownOf(module)[0] as number
  }

  #labelOf({ type, index }: Cell): string {
    const { tree } = this.#inspection
    if (type === 'rest') return 'smaller ones'
    if (type === 'tensor') return nameForOutput(tree.leafOf(index))
    // A module that stands alone in another is named with it.
    const names = [tree.nameOf(index)]
    for (let at = tree.parents[index] as number; at !== this.#root && at !== 0; ) {
      const parent = tree.parents[at] as number
      if (throughChain(tree, at) !== index) break
      names.unshift(tree.nameOf(at))
      at = parent
    }
    return names.map((name) => nameForOutput(name)).join('.')
  }

  #drawCrumbs(): void {
    const { tree } = this.#inspection
    const path: number[] = []
    for (let at = this.#root; at !== 0; at = tree.parents[at] as number) path.unshift(at)
    const items = [0, ...path].map((module, i, all) => {
      const name = module === 0 ? 'all' : nameForOutput(tree.nameOf(module))
      if (i === all.length - 1) return make('li', { 'aria-current': 'location' }, name)
      const button = make('button', { type: 'button' }, name)
      button.addEventListener('click', () => {
        this.zoom(module)
        this.#listener.module(module)
      })
      return make('li', {}, button)
    })
    this.#crumbs.replaceChildren(...items)
  }

  /** The innermost cell under the pointer. */
  #cellAt({ offsetX: x, offsetY: y }: MouseEvent): Cell | null {
    let found: Cell | null = null
    for (const cell of this.#cells)
      if (x >= cell.x0 && x < cell.x1 && y >= cell.y0 && y < cell.y1) found = cell
    return found
  }

  /** What a click means: the module of the first level that it is in, or a tensor there. */
  #outerAt({ offsetX: x, offsetY: y }: MouseEvent): Cell | null {
    return (
      this.#cells.find(
        ({ x0, x1, y0, y1, level }) => level === 1 && x >= x0 && x < x1 && y >= y0 && y < y1,
      ) ?? null
    )
  }

  #point(cell: Cell | null): void {
    if (cell === this.#current && cell !== null) return
    this.#current = cell
    this.#mark(cell)
    this.#caption.textContent = cell === null ? this.#rootText() : this.#cellText(cell)
  }

  #rootText(): string {
    const { tree } = this.#inspection
    const name = this.#root === 0 ? 'all' : nameForOutput(tree.path(this.#root))
    return `${name}: ${this.#amount(this.#in(this.#measure).sums[this.#root] as number)}`
  }

  #cellText({ type, index, weight }: Cell): string {
    const { tree, table } = this.#inspection
    const share = percent(weight, this.#in(this.#measure).sums[0] as number)
    const amount = `${this.#amount(weight)}, ${share} of all`
    if (type === 'rest') return `smaller ones in ${nameForOutput(tree.path(index))}: ${amount}`
    if (type === 'module') return `${nameForOutput(tree.path(index))}: ${amount}`
    const type_ = `${table.dtype(index) ?? 'type not recorded'} ${shapeText(table.shape(index))}`
    const category = this.#colouring.categories[this.#colouring.of(index)]?.label ?? ''
    return `${nameForOutput(table.name(index))}: ${type_}, ${amount}, ${category}`
  }

  #amount(weight: number): string {
    return this.#measure === 'bytes' ? bytesText(weight) : `${count(weight)} elements`
  }

  #enter(cell: Cell | null): void {
    if (cell === null) return
    if (cell.type === 'tensor') this.#listener.tensor(cell.index)
    else if (cell.type === 'module') {
      this.zoom(cell.index)
      this.#listener.module(cell.index)
    }
  }

  #key(event: KeyboardEvent): void {
    const outer = this.#cells.filter(({ level }) => level === 1)
    const at = this.#current === null ? -1 : outer.indexOf(this.#current)
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step !== undefined) this.#point(outer[(at + step + outer.length) % outer.length] ?? null)
    else if (event.key === 'Enter') this.#enter(this.#current)
    else if (event.key === 'Backspace' || event.key === 'Escape') {
      if (this.#root !== 0) this.zoom(this.#outOf(this.#root))
    } else return
    event.preventDefault()
  }

  /** The module around one in which there is something else too. */
  #outOf(module: number): number {
    const { tree } = this.#inspection
    let at = tree.parents[module] as number
    while (at !== 0 && throughChain(tree, at) === module) at = tree.parents[at] as number
    return at
  }
}

/** As much of a label as there is room for. */
function fitted(context: CanvasRenderingContext2D, label: string, room: number): string {
  const most = Math.floor(room / 6)
  if (most < 3) return ''
  const text = label.length > most * 2 ? label.slice(0, most * 2) : label
  if (text === label && context.measureText(text).width <= room) return text
  for (let length = Math.min(text.length, most); length >= 3; length--) {
    const cut = `${text.slice(0, length)}…`
    if (context.measureText(cut).width <= room) return cut
  }
  return ''
}
