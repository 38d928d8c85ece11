import { dtypes } from '../model/dtype.ts'
import type { Tensor } from '../model/tensor.ts'
import type { ModuleNode } from '../model/tree.ts'
import { type OwnTensor, OwnTensors } from './own-tensors.ts'
import type { Subject } from './source.ts'

/** A module as recognisers see it: own tensors by last segment, and the modules around it. */
export class ModuleView {
  readonly node: ModuleNode
  readonly own: OwnTensors
  readonly #subject: Subject

  constructor(subject: Subject, node: ModuleNode) {
    this.node = node
    this.#subject = subject
    const own: OwnTensor[] = []
    const { stateDict, tree } = subject
    for (const index of node.tensors)
      own.push({ leaf: tree.leaves[index] as string, index, tensor: stateDict.tensors[index] as Tensor })
    this.own = new OwnTensors(own)
  }

  has(...leaves: readonly string[]): boolean {
    for (const leaf of leaves) if (!this.own.has(leaf)) return false
    return true
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
    for (const { leaf } of this.own.values()) if (!leaves.includes(leaf)) return false
    return true
  }

  get isLeaf(): boolean {
    return this.node.children.size === 0
  }

  get parent(): ModuleView | undefined {
    return this.node.parent === null ? undefined : new ModuleView(this.#subject, this.node.parent)
  }

  child(name: string): ModuleView | undefined {
    const node = this.node.children.get(name)
    return node === undefined ? undefined : new ModuleView(this.#subject, node)
  }

  /** The name of the module, digits skipped: `norm1` for `blocks.3.norm1`, `bn` for `bn.0`. */
  get word(): string {
    let node: ModuleNode | null = this.node
    while (node !== null && isDigits(node.name) && node.parent !== null) node = node.parent
    return node?.name ?? ''
  }
}

/** A view of each module that owns tensors. Views are made as they are asked for: a large tree keeps none. */
export function* moduleViews(subject: Subject): Iterable<ModuleView> {
  for (const node of subject.tree.nodes) if (node.tensors.length > 0) yield new ModuleView(subject, node)
}

function isDigits(text: string): boolean {
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
