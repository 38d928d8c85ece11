import type { Inspection } from '../../model/inspection.ts'
import { subtreesOf } from '../../model/modules/subtrees.ts'

/** What the one block that differs does not have, or has otherwise. */
export type Oddity =
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  | { readonly kind: 'gap' }
  | {
      readonly kind: 'shape' | 'type'
      readonly names: readonly string[]
      readonly is: string
      readonly others: string
    }

/** A block that differs from all the others of its list. */
export interface OddBlock {
  /** Of the list: `model.layers`. */
  readonly path: string
  /** Of the block. */
  readonly number: number
  /** Blocks there are, or would be. */
  readonly of: number
  readonly oddity: Oddity
}

/** Fewer blocks make no majority that one could differ from; with the one that is left out they are as many. */
const fewest = 4

/**
 * Numbered modules of which all but one hold exactly the same, and the one holds less, another shape turned round or
 * another float type; or whose numbers leave one out. What is not the same in one block of many is mostly damage: what an
 * author makes otherwise is the first block, the last, or every so many.
 */
export function* oddBlocks(inspection: Inspection): Iterable<OddBlock> {
  const { tree, table } = inspection
  const { ids } = subtreesOf(tree, table.types, true)
  for (let module = 0; module < tree.size; module++) {
    const blocks = blocksOf(inspection, module)
    if (blocks === null) continue
    const counts = new Map<number, number>()
    for (const block of blocks.values()) {
      const id = ids[block] as number
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    const [usual] = [...counts].sort((a, b) => b[1] - a[1])[0] as [number, number]
    const numbers = [...blocks.keys()].sort((a, b) => a - b)
    if (counts.size === 1) {
      const gap = gapIn(numbers)
      if (gap !== null && isComposite(inspection, blocks.get(numbers[0] as number) as number))
        yield { path: tree.path(module), number: gap, of: blocks.size + 1, oddity: { kind: 'gap' } }
      continue
    }
    if (blocks.size < fewest || counts.get(usual) !== blocks.size - 1) continue
    const odd = numbers.find((number) => ids[blocks.get(number) as number] !== usual) as number
    const like = numbers.find((number) => number !== odd) as number
    const isEnd = odd === numbers[0] || odd === numbers.at(-1)
    const oddity = difference(inspection, blocks.get(odd) as number, blocks.get(like) as number, isEnd)
    if (oddity !== null) yield { path: tree.path(module), number: odd, of: blocks.size, oddity }
  }
}

/** The children of a module by their numbers; null where it is no list of numbered blocks. */
function blocksOf({ tree }: Inspection, module: number): Map<number, number> | null {
  let count = 0
  for (let at = tree.firstChildren[module] as number; at !== 0; at = tree.nextSiblings[at] as number) count++
  if (count < fewest - 1) return null
  const blocks = new Map<number, number>()
  for (let at = tree.firstChildren[module] as number; at !== 0; at = tree.nextSiblings[at] as number) {
    const name = tree.nameOf(at)
    if (!/^(0|[1-9][0-9]{0,5})$/.test(name)) return null
    blocks.set(Number(name), at)
  }
  return blocks
}

/** The one number that a run from 0 leaves out; null for none or several. */
function gapIn(numbers: readonly number[]): number | null {
  if (numbers[0] !== 0 || numbers.at(-1) !== numbers.length) return null
  return numbers.findIndex((number, at) => number !== at)
}

/** A block is made of modules: a list of lone layers may leave out those that have no tensors. */
function isComposite({ tree }: Inspection, module: number): boolean {
  const first = tree.firstChildren[module] as number
  return first !== 0 && tree.nextSiblings[first] !== 0
}

/** What the odd block has otherwise; null where authors make such differences. */
function difference(inspection: Inspection, odd: number, like: number, isEnd: boolean): Oddity | null {
  if (!isComposite(inspection, like)) return null
  const mine = tensorsBelow(inspection, odd)
  const others = tensorsBelow(inspection, like)
  const { table } = inspection
  const missing: string[] = []
  const differing: string[] = []
  for (const [name, index] of others) {
    const own = mine.get(name)
    if (own === undefined) missing.push(name)
    else if (table.types[own] !== table.types[index]) differing.push(name)
  }
  // More than the others have, or much of it missing, is another kind of block.
  if ([...mine.keys()].some((name) => !others.has(name))) return null
  if (missing.length > 0) {
    if (differing.length > 0 || 4 * missing.length > others.size) return null
    // The first and the last block may have been made without something; half a layer is never made.
    return isEnd && !missing.every((name) => isHalf(name, mine)) ? null : { kind: 'missing', names: missing }
  }
  const [name] = differing
  if (name === undefined) return null
  if (differing.length > 1)
    return isEnd
      ? null
      : otherTypes(differing, (one) => [mine.get(one) as number, others.get(one) as number], table)
  const [own, usual] = [mine.get(name) as number, others.get(name) as number]
  const [is, as] = [table.shape(own), table.shape(usual)]
  if (is.join() !== as.join()) {
    const isTurned = is.length >= 2 && [...is].reverse().join() === as.join()
    return isTurned
      ? { kind: 'shape', names: [name], is: `[${is.join(', ')}]`, others: `[${as.join(', ')}]` }
      : null
  }
  const [type, usualType] = [table.dtype(own), table.dtype(usual)]
  if (!isFloat(type) || !isFloat(usualType)) return null
  return { kind: 'type', names: [name], is: String(type), others: String(usualType) }
}

/** A block with many tensors of one float type, of as many of another in all others; the first and last are kept so on purpose. */
function otherTypes(
  names: readonly string[],
  pairOf: (name: string) => readonly [own: number, usual: number],
  table: Inspection['table'],
): Oddity | null {
  const pairs = names.map(pairOf)
  const types = new Set(pairs.map(([own, usual]) => `${table.dtype(own)} ${table.dtype(usual)}`))
  const isShaped = pairs.every(([own, usual]) => table.shape(own).join() === table.shape(usual).join())
  const [[own, usual]] = pairs as [readonly [number, number]]
  if (types.size > 1 || !isShaped || !isFloat(table.dtype(own)) || !isFloat(table.dtype(usual))) return null
  return { kind: 'type', names, is: String(table.dtype(own)), others: String(table.dtype(usual)) }
}

/** Whether a missing tensor is the weight of a layer whose bias is there. */
function isHalf(name: string, mine: ReadonlyMap<string, number>): boolean {
  return name.endsWith('.weight') && mine.has(`${name.slice(0, -'weight'.length)}bias`)
}

function isFloat(dtype: string | null): boolean {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64'
}

/** Most tensors of a block that is compared name by name. */
const mostTensors = 4_096

/** Names below a module, with their tensors. */
function tensorsBelow({ tree, table }: Inspection, module: number): Map<string, number> {
  const found = new Map<string, number>()
  const prefix = tree.path(module).length + 1
  for (const at of tree.below(module)) {
    if (found.size > mostTensors) break
    for (const tensor of tree.ownOf(at)) found.set(table.name(tensor).slice(prefix), tensor)
  }
  return found
}
