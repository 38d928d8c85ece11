import { inspectionOf } from '../inspection.ts'
import { naturalCompare } from '../names/natural-order.ts'
import { roleOrder } from '../names/role-order.ts'
import type { ModuleReport, StateDictReport, TensorReport } from '../report.ts'
import { aggregate, type ModuleTotals } from './aggregate.ts'
import { type Fold, foldSiblings } from './fold.ts'
import { identities } from './identity.ts'
import type { Sorting } from './sorted.ts'
import type { ModuleNode } from './tree.ts'

/** A piece of a dotted name: as the file has it, or the name of a fold (`{0..31}`), which is ours. */
export interface Segment {
  readonly text: string
  readonly folded: boolean
  /** Of a fold: the names it stands for. The text may leave some out. */
  readonly names?: () => readonly string[]
}

/** A line of the outline that stands for one module, or for `times` identical ones. */
export interface Branch {
  readonly type: 'module'
  /** Several where modules with a single child are joined: `model.layers.{0..31}`. */
  readonly segments: readonly Segment[]
  /** The module, or the first of the identical ones. */
  readonly node: ModuleNode
  readonly times: number
  /** Of one of them. */
  readonly each: ModuleTotals
  readonly module: ModuleReport | undefined
  /** True when there are lines below: children, or own tensors beside children. */
  readonly hasChildren: boolean
}

/** A line that stands for one tensor, or for `times` identical ones. */
export interface Leaf {
  readonly type: 'tensor'
  readonly segments: readonly Segment[]
  readonly tensor: TensorReport
  /** Of the tensor, or the first of the identical ones, in the list of the state dict. */
  readonly index: number
  readonly times: number
}

export type OutlineNode = Branch | Leaf

/** The module tree as people read it: identical siblings folded, single-child chains joined. Made as it is walked. */
export interface Outline {
  /** The lines at the top: the root itself is not one. */
  readonly top: readonly OutlineNode[]
  readonly root: ModuleTotals
  /** The share of the tensors that have the element type most of them have: 0 to 1, 1 where there are none. */
  readonly mainDtypeShare: number
  /** Whether modules that were walked so far stand where their names say that the model has them: the file keeps no order. */
  readonly isByRole: boolean
  /** The lines below a module; own tensors first. */
  children(branch: Branch): readonly OutlineNode[]
  /** The own tensors of a module, parameters first. */
  tensors(branch: Branch): readonly Leaf[]
}

export interface OutlineOptions {
  /** Show every sibling by itself. */
  readonly noFold?: boolean
  /** How siblings are ordered: null or absent, as registered, or, where the file has not kept that, by name. */
  readonly sort?: Sorting | undefined
}

/** Own tensors in the order people expect where the file has none: parameters first, `weight` before `bias`, counters last. */
const kindRank = { parameter: 0, buffer: 1, other: 2 } as const
const nameRank = (name: string) =>
  name === 'weight' ? 0 : name === 'bias' ? 1 : name === 'num_batches_tracked' ? 3 : 2

function mainDtypeShare(types: Uint8Array): number {
  const counts = new Float64Array(256)
  for (const type of types) counts[type] = (counts[type] as number) + 1
  return types.length === 0 ? 1 : Math.max(...counts) / types.length
}

function segmentOf<T>({ label, members }: Fold<T>, nameOf: (member: T) => string): Segment {
  if (members.length === 1) return { text: label, folded: false }
  return { text: label, folded: true, names: () => members.map(nameOf) }
}

/** Makes the outline of a state dict. Linear, and without recursion, whatever the depth. */
export function outline(stateDict: StateDictReport, options: OutlineOptions = {}): Outline {
  const inspection = inspectionOf(stateDict)
  const { tree, classes, uncounted } = inspection
  const identity = identities(inspection, uncounted)
  const totals = aggregate(inspection, uncounted, identity)
  const { sort = null } = options
  /** The file has not kept an order: that of the model, as far as names tell it. */
  let wasRecognised = false
  const isByRole = sort === null && stateDict.order === 'unrecorded'
  const sorted = sort === 'name' || (sort !== 'order' && stateDict.order === 'unrecorded')
  /** Largest first. Of one size, as they stand. */
  const sizeOf = (sizes: { readonly parameters: number; readonly bytes: number }) =>
    sort === 'params' ? sizes.parameters : sizes.bytes
  const isBySize = sort === 'params' || sort === 'bytes'

  const kindOf = (index: number) => inspection.verdict(index).kind.answer
  const at = (index: number): TensorReport => {
    const tensor = inspection.tensor(index)
    return tensor.tiedTo === null || uncounted.has(index) ? tensor : { ...tensor, tiedTo: null }
  }
  const foldOf = <T>(items: readonly T[], nameOf: (item: T) => string, identityOf: (item: T) => number) =>
    options.noFold
      ? items.map((item): Fold<T> => ({ label: nameOf(item), members: [item] }))
      : foldSiblings(items, nameOf, identityOf)

  function modulesOf(node: ModuleNode): readonly Fold<ModuleNode>[] {
    const { children } = node
    if (isByRole) {
      const compare = roleOrder(children.map(({ name }) => name))
      if (compare !== null) wasRecognised = true
      const order = compare ?? naturalCompare
      children.sort((a, b) => order(a.name, b.name))
    } else if (sorted) children.sort((a, b) => naturalCompare(a.name, b.name))
    if (isBySize) children.sort((a, b) => sizeOf(totals(b)) - sizeOf(totals(a)))
    return foldOf(
      children,
      (child) => child.name,
      (child) => identity.modules[child.index] ?? 0,
    )
  }

  function branch(fold: Fold<ModuleNode>): Branch {
    const segments: Segment[] = []
    let current = fold
    let node = fold.members[0] as ModuleNode
    let times = 1
    for (;;) {
      segments.push(segmentOf(current, ({ name }) => name))
      node = current.members[0] as ModuleNode
      times *= current.members.length
      if (tree.ownCount(node.index) > 0 || classes.idAt(node.index) >= 0) break
      const below = modulesOf(node)
      if (below.length !== 1) break
      current = below[0] as Fold<ModuleNode>
    }
    const known = classes.at(node.index)
    return {
      type: 'module',
      segments,
      node,
      times,
      each: totals(node),
      module: known === undefined ? undefined : { path: node.path, ...known },
      hasChildren: node.hasChildren,
    }
  }

  const sizesOf = (index: number) => ({
    parameters: kindOf(index) === 'parameter' ? inspection.table.elements(index) : 0,
    bytes: inspection.table.bytes(index) ?? 0,
  })

  function leaves(node: ModuleNode): Leaf[] {
    const own = Array.from(node.tensors, (index) => ({ index, name: tree.leafOf(index) }))
    if (sorted)
      own.sort(
        (a, b) =>
          kindRank[kindOf(a.index)] - kindRank[kindOf(b.index)] ||
          nameRank(a.name) - nameRank(b.name) ||
          naturalCompare(a.name, b.name),
      )
    if (isBySize) own.sort((a, b) => sizeOf(sizesOf(b.index)) - sizeOf(sizesOf(a.index)))
    return foldOf(
      own,
      (tensor) => tensor.name,
      (tensor) => identity.tensors[tensor.index] ?? 0,
    ).map((fold) => ({
      type: 'tensor',
      segments: [segmentOf(fold, ({ name }) => name)],
      tensor: at((fold.members[0] as { index: number }).index),
      index: (fold.members[0] as { index: number }).index,
      times: fold.members.length,
    }))
  }

  // Walks come by several times, to measure and to print; sorting and folding a wide module is done once.
  const wide = new Map<number, readonly OutlineNode[]>()
  function below(node: ModuleNode): readonly OutlineNode[] {
    const known = wide.get(node.index)
    if (known !== undefined) return known
    const made: readonly OutlineNode[] = [...leaves(node), ...modulesOf(node).map(branch)]
    if (made.length > 64 || tree.ownCount(node.index) > 64) wide.set(node.index, made)
    return made
  }

  return {
    top: below(tree.root),
    root: totals(tree.root),
    mainDtypeShare: mainDtypeShare(inspection.table.columns.dtypes),
    get isByRole() {
      return wasRecognised
    },
    children: ({ node }) => below(node),
    tensors: ({ node }) => leaves(node),
  }
}
