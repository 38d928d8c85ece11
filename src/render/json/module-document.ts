import { inspectionOf } from '../../model/inspection.ts'
import { aggregate } from '../../model/modules/aggregate.ts'
import { leafName, type ModuleNode, type ModuleTree } from '../../model/modules/tree.ts'
import { naturalCompare } from '../../model/names/natural-order.ts'
import type { ModuleReport, StateDictReport, TensorReport } from '../../model/report.ts'
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
  const inspection = inspectionOf(stateDict)
  const { tree, classes } = inspection
  const totalsOf = aggregate(inspection, new Set(inspection.table.columns.ties.keys()))
  const below = depth < Number.POSITIVE_INFINITY ? modulesBelow(tree) : null
  const make = (node: ModuleNode, level: number): ModuleDocument => {
    const { tensors, parameters, buffers, other, bytes } = totalsOf(node)
    const known = classes.at(node.index)
    const open = node.hasChildren && level < depth
    return {
      name: node.name,
      ...(known === undefined
        ? {}
        : { classes: known.classes, detail: known.detail, classLevel: known.level }),
      totals: { tensors, parameters, buffers, other, bytes },
      tensors: Array.from(node.tensors, (index) => tensorDocument(inspection.tensor(index))),
      modules: open ? new LazyList(() => children(node, level + 1)) : [],
      ...(open || !node.hasChildren ? {} : { omitted: below?.[node.index] ?? 0 }),
    }
  }
  function* children(node: ModuleNode, level: number): Generator<ModuleDocument> {
    const nodes = node.children
    if (stateDict.order === 'unrecorded') nodes.sort((a, b) => naturalCompare(a.name, b.name))
    for (const child of nodes) yield make(child, level)
  }
  return make(tree.root, 0)
}

/** By module: how many there are under it. */
function modulesBelow(tree: ModuleTree): Float64Array {
  const below = new Float64Array(tree.size)
  for (let module = tree.size - 1; module > 0; module--) {
    const parent = tree.parents[module] as number
    below[parent] = (below[parent] as number) + (below[module] as number) + 1
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
