import { treemapSquarify } from 'd3-hierarchy'
import type { ModuleTree } from '../model/modules/tree.ts'

/** A rectangle of the map, in pixels. */
export interface Cell {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
  /** What it stands for; `rest`: the smaller ones of a module, together. */
  readonly type: 'module' | 'tensor' | 'rest'
  /** Of the module or tensor in its tree; of `rest` the module they are in. */
  readonly index: number
  /** Whether what is in it has cells of its own. */
  readonly open: boolean
  /** Levels below the module that the map is of. */
  readonly level: number
  readonly weight: number
}

/** What a module weighs, by module: the sum over the tensors in it. */
export function moduleWeights(tree: ModuleTree, weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(tree.size)
  const { owners, parents } = tree
  for (let tensor = 0; tensor < owners.length; tensor++) {
    const owner = owners[tensor] as number
    sums[owner] = (sums[owner] as number) + (weights[tensor] as number)
  }
  for (let module = tree.size - 1; module > 0; module--) {
    const parent = parents[module] as number
    sums[parent] = (sums[parent] as number) + (sums[module] as number)
  }
  return sums
}

/** Cells smaller than this are not divided any further: nobody could tell them apart. In pixels. */
const leastArea = 24
const leastSide = 3
/** Room for the name of a module above what is in it. */
export const headHeight = 17
/** Cells of one module; the smaller ones are one cell. */
const mostOfOne = 3_000
/** Cells in all. */
const most = 30_000

interface Item {
  readonly type: Cell['type']
  readonly index: number
  readonly value: number
  x0: number
  y0: number
  x1: number
  y1: number
}

/**
 * A treemap of what is in a module. Only what is large enough to be seen is laid out, so it costs what the screen has
 * pixels, and not what the model has tensors.
 *
 * @param root the module
 * @param sums by module, `weights` by tensor
 * @returns outer cells before those in them
 */
export function treemapOf(
  tree: ModuleTree,
  root: number,
  { weights, sums }: { readonly weights: ArrayLike<number>; readonly sums: Float64Array },
  [width, height]: readonly [number, number],
): readonly Cell[] {
  const cells: Cell[] = []
  const pending: { module: number; level: number; x0: number; y0: number; x1: number; y1: number }[] = [
    { module: root, level: 1, x0: 0, y0: 0, x1: width, y1: height },
  ]
  for (let next = 0; next < pending.length && cells.length < most; next++) {
    const { module, level, ...box } = pending[next] as (typeof pending)[number]
    for (const item of laidOut(itemsOf(tree, module, weights, sums), box)) {
      const { type, index, x0, y0, x1, y1, value } = item
      const inner = type === 'module' ? insideOf(item, level) : null
      const shown = type === 'module' ? throughChain(tree, index) : index
      cells.push({ x0, y0, x1, y1, type, index: shown, open: inner !== null, level, weight: value })
      if (inner !== null) pending.push({ module: shown, level: level + 1, ...inner })
    }
  }
  return cells
}

/** What is directly in a module, the heaviest first. */
function itemsOf(tree: ModuleTree, module: number, weights: ArrayLike<number>, sums: Float64Array): Item[] {
  const items: Item[] = []
  const add = (type: Cell['type'], index: number, value: number) => {
    if (value > 0) items.push({ type, index, value, x0: 0, y0: 0, x1: 0, y1: 0 })
  }
  for (const child of tree.childrenOf(module)) add('module', child, sums[child] as number)
  for (const tensor of tree.ownOf(module)) add('tensor', tensor, weights[tensor] as number)
  items.sort((a, b) => b.value - a.value)
  if (items.length <= mostOfOne) return items
  const rest = items.splice(mostOfOne).reduce((sum, { value }) => sum + value, 0)
  add('rest', module, rest)
  return items
}

function laidOut(
  children: Item[],
  { x0, y0, x1, y1 }: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number },
): readonly Item[] {
  const value = children.reduce((sum, item) => sum + item.value, 0)
  // What the tiling of d3 takes for a node of its hierarchy: values, and children to give their places to.
  const parent = { value, children } as unknown as Parameters<typeof treemapSquarify>[0]
  if (children.length > 0) treemapSquarify(parent, x0, y0, x1, y1)
  return children
}

/** Where what is in a module goes; null where it is too small to be divided. */
function insideOf({ x0, y0, x1, y1 }: Item, level: number): Omit<Item, 'type' | 'index' | 'value'> | null {
  const width = x1 - x0
  const height = y1 - y0
  if (width * height < leastArea || Math.min(width, height) < leastSide) return null
  const edge = width > 40 && height > 30 ? 2 : width > 12 && height > 12 ? 1 : 0
  const head = width > 56 && height > headHeight * 2.4 && level < 12 ? headHeight : edge
  return { x0: x0 + edge, y0: y0 + head, x1: x1 - edge, y1: y1 - edge }
}

/** The module in which something happens: one that holds nothing but another is passed through. */
export function throughChain(tree: ModuleTree, module: number): number {
  let at = module
  for (;;) {
    const child = tree.firstChildren[at] as number
    if (child === 0 || (tree.nextSiblings[child] as number) !== 0 || tree.ownCount(at) > 0) return at
    at = child
  }
}
