import type { Outline, OutlineNode } from '../model/modules/outline.ts'

/** What comes first among the lines under one module. */
export type Order = 'file' | 'name' | 'parameters' | 'size'

/** Lines of a tree that nobody has opened anything in yet. */
const comfortable = 18

/** A line of the tree as it is opened now. */
export interface TreeRow {
  readonly node: OutlineNode
  readonly level: number
  /** Its place among its siblings, from 1, and how many there are. */
  readonly place: number
  readonly siblings: number
  readonly open: boolean
}

/** The lines of an outline that are open, in the order they are shown. */
export class TreeRows {
  readonly #outline: Outline
  #order: Order = 'file'
  #rows: TreeRow[]

  constructor(outline: Outline) {
    this.#outline = outline
    this.#rows = this.#linesOf(outline.top, 1)
    this.#openAtFirst()
  }

  get length(): number {
    return this.#rows.length
  }

  at(index: number): TreeRow | undefined {
    return this.#rows[index]
  }

  /** Sorts the lines under each module. What was open is closed. */
  sort(order: Order): void {
    this.#order = order
    this.#rows = this.#linesOf(this.#outline.top, 1)
    this.#openAtFirst()
  }

  /** Opens modules, the outer ones first, as long as the tree stays as short as one likes to look at. */
  #openAtFirst(): void {
    for (let level = 1; level <= 6; level++)
      for (let index = 0; index < this.#rows.length; index++) {
        const row = this.#rows[index] as TreeRow
        if (row.level !== level || row.open || row.node.type === 'tensor') continue
        const below = this.#outline.children(row.node).length
        if (this.#rows.length + below <= comfortable) this.#open(index, row, row.node)
      }
  }

  /** Opens what is closed and closes what is open. */
  toggle(index: number): void {
    const row = this.#rows[index]
    if (row === undefined || row.node.type === 'tensor') return
    if (row.open) this.#close(index, row)
    else this.#open(index, row, row.node)
  }

  /** The line that a line is under; -1 for one at the top. */
  parentOf(index: number): number {
    const level = this.#rows[index]?.level ?? 1
    let at = index - 1
    while (at >= 0 && (this.#rows[at] as TreeRow).level >= level) at--
    return at
  }

  #open(index: number, row: TreeRow, node: Extract<OutlineNode, { type: 'module' }>): void {
    const below = this.#linesOf(this.#outline.children(node), row.level + 1)
    this.#rows = [
      ...this.#rows.slice(0, index),
      { ...row, open: true },
      ...below,
      ...this.#rows.slice(index + 1),
    ]
  }

  #close(index: number, row: TreeRow): void {
    let end = index + 1
    while (end < this.#rows.length && (this.#rows[end] as TreeRow).level > row.level) end++
    this.#rows = [...this.#rows.slice(0, index), { ...row, open: false }, ...this.#rows.slice(end)]
  }

  #linesOf(nodes: readonly OutlineNode[], level: number): TreeRow[] {
    const sorted = this.#order === 'file' ? nodes : [...nodes].sort(comparisons[this.#order])
    return sorted.map((node, i) => ({ node, level, place: i + 1, siblings: nodes.length, open: false }))
  }
}

const collator = new Intl.Collator('en', { numeric: true })

const comparisons: Readonly<Record<Exclude<Order, 'file'>, (a: OutlineNode, b: OutlineNode) => number>> = {
  name: (a, b) => collator.compare(nameOf(a), nameOf(b)),
  parameters: (a, b) => parametersOf(b) - parametersOf(a),
  size: (a, b) => (bytesOf(b) ?? -1) - (bytesOf(a) ?? -1),
}

function nameOf({ segments }: OutlineNode): string {
  return segments.map(({ text }) => text).join('.')
}

/** Parameters of a line, of all that it stands for. */
export function parametersOf(node: OutlineNode): number {
  if (node.type === 'module') return node.each.logical * node.times
  const { kind, elements, quantised } = node.tensor
  const weights = quantised?.logicalElements ?? quantised?.leastElements
  return (weights ?? (kind === 'parameter' ? elements : 0)) * node.times
}

/** Bytes of a line, of all that it stands for; null where they are not recorded. */
export function bytesOf(node: OutlineNode): number | null {
  const bytes = node.type === 'module' ? sizeOf(node.each) : node.tensor.bytes
  return bytes === null ? null : bytes * node.times
}

function sizeOf({
  bytes,
  unrecorded,
}: {
  readonly bytes: number
  readonly unrecorded: number
}): number | null {
  return bytes === 0 && unrecorded > 0 ? null : bytes
}
