import type { ModuleTree } from '../model/modules/tree.ts'
import { Pairs } from '../model/tensors/hash.ts'

/** Which entries of two lists have the same names. */
export interface SameNames {
  /** By tensor of the first tree: that of the same name in the second, the last of several; -1 for none. */
  readonly rows: Int32Array
  /** By module of the first tree: that of the same path in the second; -1 for none. */
  readonly modules: Int32Array
  /** Whether no two tensors of the second tree have one name. */
  readonly isUnique: boolean
}

const unasked = -2

/** Finds them by the numbers of modules and segments: no name is made. Linear in the tensors. */
export function sameNames(tree: ModuleTree, other: ModuleTree): SameNames {
  const segments = new Int32Array(tree.segments.texts.length).fill(unasked)
  const segmentOf = (segment: number): number => {
    let there = segments[segment] as number
    if (there === unasked) {
      there = other.segments.idOf(tree.segments.texts[segment] as string)
      segments[segment] = there
    }
    return there
  }
  const modules = new Int32Array(tree.size).fill(-1)
  modules[0] = 0
  for (let module = 1; module < tree.size; module++) {
    const parent = modules[tree.parents[module] as number] as number
    if (parent < 0) continue
    const segment = segmentOf(tree.names[module] as number)
    if (segment >= 0) modules[module] = other.childOf(parent, segment)
  }
  const names = new Pairs(other.owners.length)
  const rowOf = new Uint32Array(other.owners.length)
  for (let row = 0; row < rowOf.length; row++)
    rowOf[names.id(other.owners[row] as number, other.leaves[row] as number)] = row
  const isUnique = names.count === rowOf.length
  const rows = new Int32Array(tree.owners.length).fill(-1)
  // Lists are mostly in one order.
  let next = 0
  for (let row = 0; row < rows.length; row++) {
    const owner = modules[tree.owners[row] as number] as number
    const leaf = owner < 0 ? -1 : segmentOf(tree.leaves[row] as number)
    if (leaf < 0) continue
    if (isUnique && other.owners[next] === owner && other.leaves[next] === leaf) {
      rows[row] = next++
      continue
    }
    const found = names.at(owner, leaf)
    if (found < 0) continue
    rows[row] = rowOf[found] as number
    next = (rows[row] as number) + 1
  }
  return { rows, modules, isUnique }
}
