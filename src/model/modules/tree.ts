import { quoted, SdinspectError } from '../../errors.ts'
import type { NameColumn, Units } from '../names/name-column.ts'
import { Segments } from '../names/segments.ts'
import { grown, hashWith, noHash, Pairs } from '../tensors/hash.ts'

/** A module of the tree that dotted names make. Made when it is asked for: two of one module are equal, not identical. */
export class ModuleNode {
  readonly tree: ModuleTree
  /** Its number in the tree: what is computed for every module goes in a column. */
  readonly index: number

  constructor(tree: ModuleTree, index: number) {
    this.tree = tree
    this.index = index
  }

  /** Dotted; `''` for the root. */
  get path(): string {
    return this.tree.path(this.index)
  }

  /** The last segment of the path. */
  get name(): string {
    return this.tree.nameOf(this.index)
  }

  get parent(): ModuleNode | null {
    return this.index === 0 ? null : new ModuleNode(this.tree, this.tree.parents[this.index] as number)
  }

  /** Indices of its own tensors, in list order. */
  get tensors(): Uint32Array {
    return this.tree.ownOf(this.index)
  }

  /** Child modules, in order of first appearance. */
  get children(): ModuleNode[] {
    return this.tree.childrenOf(this.index).map((child) => new ModuleNode(this.tree, child))
  }

  get hasChildren(): boolean {
    return (this.tree.firstChildren[this.index] as number) !== 0
  }

  child(name: string): ModuleNode | undefined {
    const child = this.tree.childNamed(this.index, name)
    return child < 0 ? undefined : new ModuleNode(this.tree, child)
  }
}

/**
 * The module tree of dotted names, in columns: modules are numbered, parents before children and otherwise in
 * order of first appearance; 0 is the root.
 */
export class ModuleTree {
  /** Modules, the root too. */
  readonly size: number
  readonly segments: Segments
  /** By module. The root is its own parent. */
  readonly parents: Uint32Array
  /** By module: the segment that is its name. */
  readonly names: Uint32Array
  /** By module: its first child; 0 for none. */
  readonly firstChildren: Uint32Array
  /** By module: the next child of its parent; 0 for none. */
  readonly nextSiblings: Uint32Array
  /** By tensor: the module that owns it. */
  readonly owners: Uint32Array
  /** By tensor: the last segment of its name. */
  readonly leaves: Uint32Array
  /** By module, and one more: where its own tensors begin in `own`. */
  readonly ownBegins: Uint32Array
  /** Tensors by module, in list order within each. */
  readonly own: Uint32Array
  readonly #edges: Pairs

  constructor(grown: GrownTree) {
    const { size, owners } = grown
    this.size = size
    this.segments = grown.segments
    this.parents = grown.parents.subarray(0, size)
    this.names = grown.names.subarray(0, size)
    this.firstChildren = grown.firstChildren.subarray(0, size)
    this.nextSiblings = grown.nextSiblings.subarray(0, size)
    this.owners = owners
    this.leaves = grown.leaves
    this.#edges = grown.edges
    const begins = new Uint32Array(size + 1)
    for (let tensor = 0; tensor < owners.length; tensor++) addTo(begins, (owners[tensor] as number) + 1, 1)
    for (let module = 0; module < size; module++) addTo(begins, module + 1, begins[module] as number)
    const next = begins.slice(0, size)
    this.own = new Uint32Array(owners.length)
    for (let tensor = 0; tensor < owners.length; tensor++) {
      const owner = owners[tensor] as number
      this.own[next[owner] as number] = tensor
      addTo(next, owner, 1)
    }
    this.ownBegins = begins
  }

  get root(): ModuleNode {
    return new ModuleNode(this, 0)
  }

  node(index: number): ModuleNode {
    return new ModuleNode(this, index)
  }

  /** Tensors that a module owns itself. */
  ownCount(module: number): number {
    return (this.ownBegins[module + 1] as number) - (this.ownBegins[module] as number)
  }

  ownOf(module: number): Uint32Array {
    return this.own.subarray(this.ownBegins[module], this.ownBegins[module + 1])
  }

  childrenOf(module: number): number[] {
    const children: number[] = []
    for (let at = this.firstChildren[module] as number; at !== 0; at = this.nextSiblings[at] as number)
      children.push(at)
    return children
  }

  /** A module and all below it. Parents before their children. */
  *below(module: number): Generator<number> {
    const open = [module]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      yield at
      for (
        let child = this.firstChildren[at] as number;
        child !== 0;
        child = this.nextSiblings[child] as number
      )
        open.push(child)
    }
  }

  nameOf(module: number): string {
    return module === 0 ? '' : (this.segments.texts[this.names[module] as number] as string)
  }

  /** The last segment of a tensor's name. */
  leafOf(tensor: number): string {
    return this.segments.texts[this.leaves[tensor] as number] as string
  }

  path(module: number): string {
    const names: string[] = []
    for (let at = module; at !== 0; at = this.parents[at] as number) names.push(this.nameOf(at))
    return names.reverse().join('.')
  }

  /** The child of this name; -1 when there is none. */
  childNamed(module: number, name: string): number {
    const segment = this.segments.idOf(name)
    return segment < 0 ? -1 : this.childOf(module, segment)
  }

  /** The child whose name is a segment; -1 when there is none. */
  childOf(module: number, segment: number): number {
    const edge = this.#edges.at(module, segment)
    return edge < 0 ? -1 : edge + 1
  }

  /** The module at a dotted path. */
  at(path: string): ModuleNode | undefined {
    let module = 0
    if (path !== '')
      for (const segment of path.split('.')) {
        module = this.childNamed(module, segment)
        if (module < 0) return undefined
      }
    return this.node(module)
  }
}

function addTo(sums: Uint32Array, at: number, value: number): void {
  sums[at] = (sums[at] as number) + value
}

/** The last segment of a dotted name: `weight` of `fc.weight`. */
export function leafName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/**
 * The module tree of a list of dotted names. Linear in the total length of the names, whatever they are:
 * what a name shares with the one before it is only compared.
 *
 * @param most modules it may have
 * @throws SdinspectError `limit/exceeded` when it has more
 */
export function moduleTree(names: NameColumn, most: number = Number.POSITIVE_INFINITY): ModuleTree {
  const tree = new GrownTree(names.length, most)
  for (let index = 0; index < names.length; index++) tree.add(names, index)
  return new ModuleTree(tree)
}

const dot = 0x2e

/** A tree while it grows. */
class GrownTree {
  readonly segments = new Segments()
  /** From a module by a segment: ids are those of modules, less 1. */
  readonly edges: Pairs
  size = 1
  parents: Uint32Array
  names: Uint32Array
  firstChildren: Uint32Array
  nextSiblings: Uint32Array
  readonly owners: Uint32Array
  readonly leaves: Uint32Array
  #lastChildren: Uint32Array
  readonly #most: number
  // The name before: where it is, and by module on the way to its leaf where the dot after that is, and which it is.
  readonly #last: Units = { units: new Uint8Array(0), begin: 0, end: 0 }
  readonly #here: Units = { units: new Uint8Array(0), begin: 0, end: 0 }
  #dots = new Uint32Array(64)
  #way = new Uint32Array(64)
  #depth = 0

  constructor(tensors: number, most: number) {
    this.owners = new Uint32Array(tensors)
    this.leaves = new Uint32Array(tensors)
    // Modules are mostly fewer than tensors, and memory that is never written to is never used.
    const room = tensors + 64
    this.parents = new Uint32Array(room)
    this.names = new Uint32Array(room)
    this.firstChildren = new Uint32Array(room)
    this.nextSiblings = new Uint32Array(room)
    this.#lastChildren = new Uint32Array(room)
    this.#most = most
    this.edges = new Pairs(tensors >> 1)
  }

  add(names: NameColumn, index: number): void {
    const here = this.#here
    names.locate(index, here)
    const { units, begin, end } = here
    let depth = this.#shared(here)
    let module = depth === 0 ? 0 : (this.#way[depth - 1] as number)
    let from = depth === 0 ? begin : begin + (this.#dots[depth - 1] as number) + 1
    let hash = noHash
    for (let at = from; at < end; at++) {
      const unit = units[at] as number
      if (unit !== dot) {
        hash = hashWith(hash, unit)
        continue
      }
      module = this.#child(module, this.segments.idOfUnits(units, from, at, hash), names, index)
      if (depth === this.#dots.length) {
        this.#dots = grown(this.#dots)
        this.#way = grown(this.#way)
      }
      this.#dots[depth] = at - begin
      this.#way[depth] = module
      depth++
      from = at + 1
      hash = noHash
    }
    this.owners[index] = module
    this.leaves[index] = this.segments.idOfUnits(units, from, end, hash)
    this.#depth = depth
    const last = this.#last
    last.units = units
    last.begin = begin
    last.end = end
  }

  /** Modules that a name is in as the one before it is. */
  #shared({ units, begin, end }: Units): number {
    const last = this.#last
    const lastUnits = last.units
    const length = Math.min(end - begin, last.end - last.begin)
    let depth = 0
    if (this.#depth === 0) return 0
    let nextDot = this.#dots[0] as number
    for (let i = 0; i < length; i++) {
      if (units[begin + i] !== lastUnits[last.begin + i]) break
      if (i !== nextDot) continue
      if (++depth === this.#depth) break
      nextDot = this.#dots[depth] as number
    }
    return depth
  }

  #child(module: number, segment: number, names: NameColumn, index: number): number {
    const child = this.edges.id(module, segment) + 1
    if (child < this.size) return child
    if (++this.size > this.#most) throw tooMany(names.at(index), this.#most)
    if (child === this.parents.length) {
      this.parents = grown(this.parents)
      this.names = grown(this.names)
      this.firstChildren = grown(this.firstChildren)
      this.nextSiblings = grown(this.nextSiblings)
      this.#lastChildren = grown(this.#lastChildren)
    }
    this.parents[child] = module
    this.names[child] = segment
    const before = this.#lastChildren[module] as number
    if (before === 0) this.firstChildren[module] = child
    else this.nextSiblings[before] = child
    this.#lastChildren[module] = child
    return child
  }
}

function tooMany(name: string, most: number): SdinspectError {
  return new SdinspectError(
    'limit/exceeded',
    `the names make more modules than the limit treeModules=${most}: ${quoted(name)} has ${name.split('.').length} segments`,
    { hint: `raise it with --limit treeModules=${most * 2} if you trust the file` },
  )
}
