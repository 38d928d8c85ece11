import type { Outline, OutlineNode } from '../model/modules/outline.ts'
import type { Glyphs } from '../render/terminal/theme.ts'
import type { TreePlace, TreeRow } from '../render/terminal/tree-walk.ts'
import type { Search } from './search.ts'

/** One line of the tree as it stands open. */
export interface BrowseRow extends TreePlace {
  /** 1 at the top. */
  readonly level: number
  readonly parent: BrowseRow | null
  isOpen: boolean
}

/** Lines that opening all at once may make. */
const mostOpened = 20_000

/** Levels that get a tree line each; deeper ones say how deep they are. */
const deepestGuide = 30

/** The lines of a tree that opens and closes: only what is open is laid out. */
export class TreeRows {
  readonly #outline: Outline
  readonly #children = new Map<OutlineNode, readonly OutlineNode[]>()
  #rows: BrowseRow[]

  constructor(outline: Outline) {
    this.#outline = outline
    this.#rows = rowsOf(outline.top, null)
    // A single module at the top says nothing alone.
    if (this.#rows.length === 1 && this.#rows[0] !== undefined) this.open(this.#rows[0])
  }

  get length(): number {
    return this.#rows.length
  }

  at(index: number): BrowseRow | undefined {
    return this.#rows[index]
  }

  indexOf(row: BrowseRow): number {
    return this.#rows.indexOf(row)
  }

  slice(from: number, to: number): readonly BrowseRow[] {
    return this.#rows.slice(from, to)
  }

  get top(): readonly OutlineNode[] {
    return this.#outline.top
  }

  /** The lines below a module, made once; none below a tensor. */
  childrenOf(node: OutlineNode): readonly OutlineNode[] {
    if (node.type === 'tensor') return []
    let children = this.#children.get(node)
    if (children === undefined) {
      children = node.hasChildren ? this.#outline.children(node) : this.#outline.tensors(node)
      this.#children.set(node, children)
    }
    return children
  }

  open(row: BrowseRow): void {
    if (row.isOpen || row.node.type === 'tensor') return
    const below = rowsOf(this.childrenOf(row.node), row)
    const at = this.indexOf(row) + 1
    row.isOpen = true
    this.#rows = this.#rows.slice(0, at).concat(below, this.#rows.slice(at))
  }

  close(row: BrowseRow): void {
    if (!row.isOpen) return
    const at = this.indexOf(row) + 1
    let end = at
    while (end < this.#rows.length && (this.#rows[end] as BrowseRow).level > row.level) end++
    row.isOpen = false
    this.#rows = this.#rows.slice(0, at).concat(this.#rows.slice(end))
  }

  /**
   * Opens everything below a row, or everything there is, level by level.
   *
   * @returns whether that were too many lines, and some are closed
   */
  openAll(from: BrowseRow | null): boolean {
    const first = from === null ? 0 : this.indexOf(from)
    const level = from?.level ?? 1
    let end = from === null ? this.#rows.length : first + 1
    while (end < this.#rows.length && (this.#rows[end] as BrowseRow).level > level) end++
    let budget = mostOpened
    let isCut = false
    const rows: BrowseRow[] = []
    const walk = this.#rows.slice(first, end).filter((row) => row.level === level)
    walk.reverse()
    for (let row = walk.pop(); row !== undefined; row = walk.pop()) {
      rows.push(row)
      row.isOpen = false
      if (row.node.type === 'tensor') continue
      const children = this.childrenOf(row.node)
      if (children.length > budget) {
        isCut = true
        continue
      }
      budget -= children.length
      row.isOpen = true
      const below = rowsOf(children, row)
      for (let i = below.length - 1; i >= 0; i--) walk.push(below[i] as BrowseRow)
    }
    this.#rows = this.#rows.slice(0, first).concat(rows, this.#rows.slice(end))
    return isCut
  }

  /** The dotted names of the modules that are open, and of those above them. */
  openModules(): Set<string> {
    const open = new Set<string>()
    for (const { isOpen, node } of this.#rows) {
      if (!isOpen || node.type === 'tensor') continue
      for (
        let { path } = node.node;
        path !== '' && !open.has(path);
        path = path.slice(0, Math.max(0, path.lastIndexOf('.')))
      )
        open.add(path)
    }
    return open
  }

  /** Opens these modules, where there are lines of them. */
  reopen(modules: ReadonlySet<string>): void {
    const rows: BrowseRow[] = []
    const walk = [...rowsOf(this.#outline.top, null)].reverse()
    let budget = mostOpened
    for (let row = walk.pop(); row !== undefined; row = walk.pop()) {
      rows.push(row)
      const { node } = row
      if (node.type === 'tensor' || !modules.has(node.node.path)) continue
      const children = this.childrenOf(node)
      if (children.length > budget) continue
      budget -= children.length
      row.isOpen = true
      const below = rowsOf(children, row)
      for (let i = below.length - 1; i >= 0; i--) walk.push(below[i] as BrowseRow)
    }
    this.#rows = rows
  }

  /**
   * The next line after, or before, the one at `from` of a tensor that was found. What it is in is opened on the way.
   *
   * @param from a line, -1 for before the first, `length` for after the last
   * @returns -1 where there is none
   */
  nextFound(search: Search, from: number, step: 1 | -1): number {
    for (let at = from + step; at >= 0 && at < this.#rows.length; at += step) {
      const row = this.#rows[at] as BrowseRow
      const { node } = row
      if (node.type === 'tensor') {
        if (search.hits[node.index] === 1) return at
      } else if (!row.isOpen && (search.under[node.node.index] as number) > 0) {
        const before = this.#rows.length
        this.open(row)
        if (step < 0) at += this.#rows.length - before + 1
      }
    }
    return -1
  }

  /** Tensors found that stand above a line, those in closed modules too. */
  foundAbove(search: Search, index: number): number {
    let found = 0
    for (let at = 0; at < index; at++) {
      const { node, isOpen } = this.#rows[at] as BrowseRow
      if (node.type === 'tensor') found += search.hits[node.index] as number
      else if (!isOpen) found += search.under[node.node.index] as number
    }
    return found
  }

  closeAll(): void {
    for (const row of this.#rows) row.isOpen = false
    this.#rows = this.#rows.filter(({ level }) => level === 1)
  }

  /** Opens what is above the last of `path`, places of children from the top down, and gives its row. */
  reveal(path: readonly number[]): BrowseRow | null {
    let at = path[0] === undefined ? -1 : this.#placeOf(null, path[0])
    for (let depth = 1; depth < path.length && at >= 0; depth++) {
      const row = this.#rows[at] as BrowseRow
      this.open(row)
      at = this.#placeOf(row, path[depth] as number)
    }
    return at < 0 ? null : (this.#rows[at] ?? null)
  }

  /** Where the `number`-th child of an open row stands. */
  #placeOf(parent: BrowseRow | null, number: number): number {
    let left = number
    const level = parent === null ? 1 : parent.level + 1
    for (let at = parent === null ? 0 : this.indexOf(parent) + 1; at < this.#rows.length; at++) {
      const row = this.#rows[at] as BrowseRow
      if (row.level < level) return -1
      if (row.level === level && left-- === 0) return at
    }
    return -1
  }
}

function rowsOf(nodes: readonly OutlineNode[], parent: BrowseRow | null): BrowseRow[] {
  return nodes.map((node, i) => ({
    node,
    level: parent === null ? 1 : parent.level + 1,
    parent,
    times: (parent?.times ?? 1) * node.times,
    siblings: nodes,
    place: i,
    isOpen: false,
  }))
}

/** The row as the columns of the tree know it, with a mark that says whether it opens. */
export function shownRow(
  row: BrowseRow,
  glyphs: Glyphs,
  marks: readonly [open: string, closed: string],
): TreeRow {
  const { node, times, parent, siblings, place, isOpen } = row
  const mark = node.type === 'tensor' ? '  ' : `${isOpen ? marks[0] : marks[1]} `
  return { node, parent, siblings, place, guide: guideOf(row, glyphs) + mark, times, open: isOpen }
}

const isLast = ({ siblings, place }: BrowseRow): boolean => place === siblings.length - 1

function guideOf(row: BrowseRow, glyphs: Glyphs): string {
  if (row.level === 1) return ''
  const branch = isLast(row) ? glyphs.lastBranch : glyphs.branch
  if (row.level > deepestGuide) return `${glyphs.ellipsis}${row.level} ${branch}`
  let guide = branch
  for (let above = row.parent; above !== null && above.level > 1; above = above.parent)
    guide = (isLast(above) ? glyphs.gap : glyphs.stem) + guide
  return guide
}
