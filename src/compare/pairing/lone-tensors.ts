import type { ModuleTree } from '../../model/modules/tree.ts'
import type { ComparedTensors } from '../compared-tensors.ts'
import type { LoneTensor } from '../difference.ts'
import { harmlessBuffer } from '../loading/harmless-buffers.ts'

/** Modules are looked for in this much of a name: the cost must not grow with the square of the depth. */
const longestPath = 1_000

/**
 * The tensors of one side that the other has nothing of.
 *
 * @param alone their indices, ascending
 */
export function loneTensors(
  tensors: ComparedTensors,
  alone: readonly number[],
  isInExtraBlock: (index: number) => boolean,
): LoneTensor[] {
  if (alone.length === 0) return []
  const { tree, table } = tensors.inspection
  const isShared = sharedModules(tree, alone)
  const lone = outermostLone(tree, isShared)
  return alone.map((index) => {
    const { kind: answer } = tensors.inspection.verdict(index)
    const [name, dtype, shape] = [tensors.name(index), table.dtype(index), tensors.shape(index)]
    const [kind, kindLevel, elements] = [answer.answer, answer.level, table.elements(index)]
    const outermost = lone[tree.owners[index] as number] as number
    const path = outermost < 0 ? null : pathWithin(name, tree, outermost)
    const module = path === null || path.length >= longestPath ? null : path
    const harmless = harmlessBuffer({ name, kind, shape })
    const inExtraBlock = isInExtraBlock(index)
    const known = { name, kind, kindLevel, dtype, shape, elements, module, inExtraBlock }
    return harmless === undefined ? known : { ...known, harmless }
  })
}

/** By module: whether a tensor is in it that is not alone. */
function sharedModules(tree: ModuleTree, alone: readonly number[]): Uint8Array {
  const isAlone = new Uint8Array(tree.owners.length)
  for (const index of alone) isAlone[index] = 1
  const isShared = new Uint8Array(tree.size)
  tree.owners.forEach((owner, index) => {
    if (isAlone[index] === 0) isShared[owner] = 1
  })
  for (let module = tree.size - 1; module > 0; module--)
    if (isShared[module] === 1) isShared[tree.parents[module] as number] = 1
  return isShared
}

/** By module: the outermost around it, or it, in which all are alone; -1 for none. The root is no module here. */
function outermostLone(tree: ModuleTree, isShared: Uint8Array): Int32Array {
  const outermost = new Int32Array(tree.size).fill(-1)
  for (let module = 1; module < tree.size; module++) {
    const around = outermost[tree.parents[module] as number] as number
    outermost[module] = around >= 0 ? around : isShared[module] === 0 ? module : -1
  }
  return outermost
}

/** The path of a module that a tensor of this name is in. */
function pathWithin(name: string, tree: ModuleTree, module: number): string {
  let length = -1
  for (let at = module; at !== 0; at = tree.parents[at] as number) length += tree.nameOf(at).length + 1
  return name.slice(0, length)
}
