import type { TensorPairing } from '../compare/pairing/tensor-pairing.ts'
import { states, type Union, unionOf } from '../compare/tensor-union.ts'
import type { Inspection } from '../model/inspection.ts'
import { inspectionOf } from '../model/inspection.ts'
import { outline } from '../model/modules/outline.ts'
import type { StateDictReport } from '../model/report.ts'
import { element } from '../render/html/element.ts'
import { nameOf } from '../render/html/outline-table.ts'
import type { PageContent, StateDictDetails } from '../render/html/page-content.ts'
import { shapeText } from '../render/shape-text.ts'
import { count, nameForOutput, plural } from '../render/text.ts'
import { tensorView } from './detail-view.ts'
import { built, make } from './dom.ts'
import { Grid, type GridColumn, type GridRow, type GridSource } from './grid.ts'
import { type Order, TreeRows } from './tree-rows.ts'

const columns: readonly GridColumn[] = [
  { id: 'name', title: 'Name', order: 'name' },
  { id: 'left', title: 'a', order: null },
  { id: 'state', title: 'What became of it', order: null },
  { id: 'right', title: 'b', order: null },
]

interface Side {
  readonly stateDict: StateDictReport
  readonly details: StateDictDetails
}

/** Two trees side by side: each line is there on both sides, or on one. */
export class CompareView {
  readonly element: HTMLElement
  readonly #sides: readonly Side[]
  readonly #comparison: TensorPairing
  readonly #panel = make('aside', {
    class: 'panel',
    'aria-label': 'Details of both',
    tabindex: '0',
    hidden: '',
  })
  readonly #grid: Grid
  #union: Union
  #tree: TreeRows
  /** By module and state: tensors under it. */
  #sums: Uint32Array
  #order: Order = 'file'

  constructor({ checkpoints }: PageContent, comparison: TensorPairing) {
    this.#comparison = comparison
    this.#sides = comparison.stateDicts.map((index, i) => ({
      stateDict: checkpoints[i]?.report.stateDicts[index] as StateDictReport,
      details: checkpoints[i]?.details[index] as StateDictDetails,
    }))
    const { difference } = comparison
    const isDifferent =
      difference.changed + difference.onlyA.length + difference.onlyB.length + difference.renames.length > 0
    this.#union = this.#unionOf(isDifferent)
    this.#tree = new TreeRows(outline(this.#union.stateDict))
    this.#sums = sumsOf(this.#union)
    this.#grid = new Grid('Both trees', columns, this.#source(), (order) => this.#sort(order))
    this.#grid.element.classList.add('compare')
    const filter = make('input', { type: 'checkbox', ...(isDifferent ? { checked: '' } : {}) })
    filter.addEventListener('change', () => {
      this.#union = this.#unionOf(filter.checked)
      this.#tree = new TreeRows(outline(this.#union.stateDict))
      this.#tree.sort(this.#order)
      this.#sums = sumsOf(this.#union)
      this.#grid.show(this.#source())
    })
    this.element = make(
      'section',
      { class: 'explorer', 'aria-label': 'Side by side' },
      make(
        'div',
        { class: 'bar-of-tools' },
        make('label', { class: 'check' }, filter, make('span', {}, 'only what is different')),
      ),
      make('div', { class: 'beside' }, this.#grid.element, this.#panel),
    )
    this.#grid.show()
  }

  #unionOf(onlyDifferent: boolean): Union {
    const [a, b] = this.#sides.map(({ stateDict }) => stateDict)
    return unionOf(a as StateDictReport, b as StateDictReport, this.#comparison, onlyDifferent)
  }

  #source(): GridSource {
    const tree = this.#tree
    return {
      get length() {
        return tree.length
      },
      row: (index) => this.#row(index),
      choose: (index) => {
        const node = tree.at(index)?.node
        if (node?.type === 'tensor') this.#show(node.index, node.times)
      },
      toggle: (index) => tree.toggle(index),
      parentOf: (index) => tree.parentOf(index),
    }
  }

  #row(index: number): GridRow {
    const row = this.#tree.at(index)
    if (row === undefined) throw new Error('there is such a line')
    const { node, level, place, siblings, open } = row
    const at = { name: nameOf(node), level, place, siblings }
    if (node.type === 'tensor') {
      const tensor = node.index
      const state = this.#union.states[tensor] as number
      return {
        ...at,
        cells: [
          { text: this.#sideText(0, tensor) },
          { text: states[state] as string, swatch: `state-${state}` },
          { text: this.#sideText(1, tensor) },
        ],
        open: null,
      }
    }
    const sums = states.map((_, state) => this.#sums[node.node.index * states.length + state] as number)
    const [same = 0, changed = 0, onlyA = 0, onlyB = 0] = sums.map((sum) => sum * node.times)
    const said = [
      ...(changed > 0 ? [`${count(changed)} changed`] : []),
      ...(onlyA > 0 ? [`−${count(onlyA)}`] : []),
      ...(onlyB > 0 ? [`+${count(onlyB)}`] : []),
    ]
    const worst = changed > 0 || (onlyA > 0 && onlyB > 0) ? 1 : onlyA > 0 ? 2 : onlyB > 0 ? 3 : 0
    const tensors = (number: number) => (number === 0 ? '–' : plural(number, 'tensor'))
    return {
      ...at,
      cells: [
        { text: tensors(same + changed + onlyA) },
        { text: said.length === 0 ? 'same' : said.join(', '), swatch: `state-${worst}` },
        { text: tensors(same + changed + onlyB) },
      ],
      open,
    }
  }

  /** The tensor of a side that a line stands for; its index is -1 where the side has none. */
  #at(side: number, tensor: number): { readonly inspection: Inspection; readonly index: number } {
    const { stateDict } = this.#sides[side] as Side
    const index = ((side === 0 ? this.#union.a : this.#union.b)[tensor] as number) - 1
    return { inspection: inspectionOf(stateDict), index }
  }

  #sideText(side: number, tensor: number): string {
    const { inspection, index } = this.#at(side, tensor)
    if (index < 0) return '–'
    return `${inspection.table.dtype(index) ?? ''} ${shapeText(inspection.table.shape(index))}`.trim()
  }

  #show(tensor: number, alike: number): void {
    const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Close the details' }, '×')
    close.addEventListener('click', () => {
      this.#panel.hidden = true
      this.#grid.element.focus()
    })
    const parts = [0, 1].flatMap((side) => {
      const { inspection, index } = this.#at(side, tensor)
      const title = element('p', { class: 'side quiet' }, side === 0 ? 'a' : 'b')
      if (index < 0) return [title, element('p', {}, 'not there')]
      const { details } = this.#sides[side] as Side
      return [title, ...tensorView(index, alike, inspection, details)]
    })
    const name = inspectionOf(this.#union.stateDict).table.name(tensor)
    this.#panel.setAttribute('aria-label', `Details of ${nameForOutput(name)}`)
    this.#panel.replaceChildren(close, ...parts.map(built))
    this.#panel.hidden = false
    this.#panel.scrollTop = 0
  }

  #sort(wanted: Order): void {
    this.#order = wanted === this.#order ? 'file' : wanted
    this.#grid.sorted(this.#order)
    this.#tree.sort(this.#order)
    this.#grid.show(this.#source())
    this.#grid.scrollToTop()
  }
}

function sumsOf({ stateDict, states: stateOf }: Union): Uint32Array {
  const { tree } = inspectionOf(stateDict)
  const width = states.length
  const sums = new Uint32Array(tree.size * width)
  stateOf.forEach((state, tensor) => {
    const at = (tree.owners[tensor] as number) * width + state
    sums[at] = (sums[at] as number) + 1
  })
  for (let module = tree.size - 1; module > 0; module--)
    for (let state = 0; state < width; state++) {
      const at = (tree.parents[module] as number) * width + state
      sums[at] = (sums[at] as number) + (sums[module * width + state] as number)
    }
  return sums
}
