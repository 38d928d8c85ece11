import { dtypes } from '../model/dtype.ts'
import type { Tensor } from '../model/tensor.ts'
import { leafName, type ModuleNode } from '../model/tree.ts'
import type { Subject } from './source.ts'

/** An own tensor of a module: its last name segment, the tensor and its place in the state dict. */
export interface OwnTensor {
  readonly leaf: string
  readonly index: number
  readonly tensor: Tensor
}

/** A module as recognisers see it: own tensors by last segment, and the modules around it. */
export class ModuleView {
  readonly node: ModuleNode
  readonly own: ReadonlyMap<string, OwnTensor>
  readonly #subject: Subject
  readonly #views: Map<ModuleNode, ModuleView>

  constructor(subject: Subject, node: ModuleNode, views: Map<ModuleNode, ModuleView>) {
    this.node = node
    this.#subject = subject
    this.#views = views
    const own = new Map<string, OwnTensor>()
    for (const index of node.tensors) {
      const tensor = subject.stateDict.tensors[index] as Tensor
      const leaf = leafName(tensor.name)
      own.set(leaf, { leaf, index, tensor })
    }
    this.own = own
  }

  has(...leaves: readonly string[]): boolean {
    return leaves.every((leaf) => this.own.has(leaf))
  }

  shape(leaf: string): readonly number[] | undefined {
    return this.own.get(leaf)?.tensor.shape
  }

  /** Dimensions of an own tensor; -1 where there is none of that name. */
  rank(leaf: string): number {
    return this.own.get(leaf)?.tensor.shape.length ?? -1
  }

  /** Whether the own tensors have no others beside `leaves`. */
  only(...leaves: readonly string[]): boolean {
    for (const leaf of this.own.keys()) if (!leaves.includes(leaf)) return false
    return true
  }

  get isLeaf(): boolean {
    return this.node.children.size === 0
  }

  get parent(): ModuleView | undefined {
    return this.node.parent === null ? undefined : this.#view(this.node.parent)
  }

  child(name: string): ModuleView | undefined {
    const node = this.node.children.get(name)
    return node === undefined ? undefined : this.#view(node)
  }

  sibling(name: string): ModuleView | undefined {
    const node = this.node.parent?.children.get(name)
    return node === undefined ? undefined : this.#view(node)
  }

  /** The name of the module, digits skipped: `norm1` for `blocks.3.norm1`, `bn` for `bn.0`. */
  get word(): string {
    let node: ModuleNode | null = this.node
    while (node !== null && isDigits(node.name) && node.parent !== null) node = node.parent
    return node?.name ?? ''
  }

  #view(node: ModuleNode): ModuleView {
    let view = this.#views.get(node)
    if (view === undefined) {
      view = new ModuleView(this.#subject, node, this.#views)
      this.#views.set(node, view)
    }
    return view
  }
}

/** A view of each module that owns tensors. Views are made once per subject and shared. */
export function* moduleViews(subject: Subject): Iterable<ModuleView> {
  const views = viewsOf(subject)
  for (const node of subject.tree.nodes) {
    if (node.tensors.length === 0) continue
    let view = views.get(node)
    if (view === undefined) {
      view = new ModuleView(subject, node, views)
      views.set(node, view)
    }
    yield view
  }
}

const cache = new WeakMap<Subject, Map<ModuleNode, ModuleView>>()

function viewsOf(subject: Subject): Map<ModuleNode, ModuleView> {
  let views = cache.get(subject)
  if (views === undefined) {
    views = new Map()
    cache.set(subject, views)
  }
  return views
}

export function isDigits(text: string): boolean {
  if (text.length === 0) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return true
}

/** Whether torch would let the tensor require grad. An unrecorded type is taken for a float. */
export function isFloating(tensor: Tensor): boolean {
  return tensor.dtype === null || dtypes[tensor.dtype].requiresGrad
}
