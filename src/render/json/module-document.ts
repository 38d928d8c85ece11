import { aggregate } from '../../model/aggregate.ts'
import { naturalCompare } from '../../model/natural-order.ts'
import type { ModuleReport, StateDictReport, TensorReport } from '../../model/report.ts'
import { leafName, type ModuleNode, type ModuleTree, moduleTree } from '../../model/tree.ts'
import { LazyList } from '../json-text.ts'

/** A module in the JSON of `tree`, with what is in it counted. Names are segments: a path is the names from the root down. */
export interface ModuleDocument {
  readonly name: string
  /** Its class, or classes where the shapes fit several, declared or recognised. */
  readonly classes?: readonly string[]
  readonly detail?: string
  readonly classLevel?: ModuleReport['level']
  /** Of everything under it; elements are counted by kind, tied tensors once. */
  readonly totals: {
    readonly tensors: number
    readonly parameters: number
    readonly buffers: number
    readonly other: number
    readonly bytes: number
  }
  /** Its own, under their last segment. */
  readonly tensors: readonly Pick<TensorReport, 'name' | 'kind' | 'dtype' | 'shape' | 'tiedTo'>[]
  readonly modules: Iterable<ModuleDocument>
  /** Modules under it that `--depth` left out; absent where none are. */
  readonly omitted?: number
}

/**
 * The module tree of a state dict, nested. A module deeper than `depth` is left out and counted in the one above
 * it; totals count everything all the same. Modules are made as they are written, and nothing recurses, so
 * neither the number of modules nor the depth of the names matters.
 */
export function moduleDocument(stateDict: StateDictReport, depth = Number.POSITIVE_INFINITY): ModuleDocument {
  const tree = moduleTree(stateDict.tensors)
  const totalsOf = aggregate(tree, stateDict.tensors)
  const classes = new Map(stateDict.modules.map((module) => [module.path, module]))
  const below = depth < Number.POSITIVE_INFINITY ? modulesBelow(tree) : null
  const make = (node: ModuleNode, level: number): ModuleDocument => {
    const { tensors, parameters, buffers, other, bytes } = totalsOf(node)
    const known = classes.get(node.path)
    const open = node.children.size > 0 && level < depth
    return {
      name: node.name,
      ...(known === undefined
        ? {}
        : { classes: known.classes, detail: known.detail, classLevel: known.level }),
      totals: { tensors, parameters, buffers, other, bytes },
      tensors: node.tensors.map((index) => tensorDocument(stateDict.tensors[index] as TensorReport)),
      modules: open ? new LazyList(() => children(node, level + 1)) : [],
      ...(open || node.children.size === 0 ? {} : { omitted: below?.[node.index] ?? 0 }),
    }
  }
  function* children(node: ModuleNode, level: number): Generator<ModuleDocument> {
    const nodes = [...node.children.values()]
    if (stateDict.order === 'unrecorded') nodes.sort((a, b) => naturalCompare(a.name, b.name))
    for (const child of nodes) yield make(child, level)
  }
  return make(tree.root, 0)
}

/** By module: how many there are under it. */
function modulesBelow(tree: ModuleTree): Float64Array {
  const below = new Float64Array(tree.nodes.length)
  for (let index = tree.nodes.length - 1; index > 0; index--) {
    const parent = tree.nodes[index]?.parent?.index ?? 0
    below[parent] = (below[parent] ?? 0) + (below[index] ?? 0) + 1
  }
  return below
}

function tensorDocument({
  name,
  kind,
  dtype,
  shape,
  tiedTo,
}: TensorReport): ModuleDocument['tensors'][number] {
  return { name: leafName(name), kind, dtype, shape, tiedTo }
}
