import { dtypes } from '../model/tensors/dtype.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import { type OwnTensor, OwnTensors } from './own-tensors.ts'
import type { Subject } from './source.ts'

/** Whether something that only one module has was looked at: its whole path. */
export interface Looks {
  atPath: boolean
}

/**
 * A module as recognisers see it: own tensors by last segment, and the modules around it. It does not show which of
 * many it is: a module named by a number is named `0`, and who asks for the path is asked about each one.
 */
export class ModuleView {
  /** Its number in the tree, to make claims with. */
  readonly index: number
  readonly #subject: Subject
  readonly #looks: Looks
  #own: OwnTensors | undefined

  constructor(subject: Subject, index: number, looks: Looks = { atPath: false }) {
    this.index = index
    this.#subject = subject
    this.#looks = looks
  }

  get own(): OwnTensors {
    this.#own ??= this.#readOwn()
    return this.#own
  }

  #readOwn(): OwnTensors {
    const { table, tree } = this.#subject
    const own: OwnTensor[] = []
    for (const index of tree.ownOf(this.index))
      own.push({
        leaf: tree.leafOf(index),
        index,
        tensor: {
          dtype: table.dtype(index),
          shape: table.shape(index),
          elements: table.elements(index),
          bytes: table.bytes(index),
        },
      })
    return new OwnTensors(own)
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

  get isRoot(): boolean {
    return this.index === 0
  }

  get isLeaf(): boolean {
    return this.#subject.tree.firstChildren[this.index] === 0
  }

  get hasOneChild(): boolean {
    const { firstChildren, nextSiblings } = this.#subject.tree
    const first = firstChildren[this.index] as number
    return first !== 0 && nextSiblings[first] === 0
  }

  /** The last segment of its path, `''` for the root; `0` for every number. */
  get name(): string {
    const name = this.#subject.tree.nameOf(this.index)
    return isDigits(name) ? '0' : name
  }

  /** Dotted. What is made of it holds for this module alone. */
  get path(): string {
    this.#looks.atPath = true
    return this.#subject.tree.path(this.index)
  }

  get parent(): ModuleView | undefined {
    if (this.isRoot) return undefined
    return new ModuleView(this.#subject, this.#subject.tree.parents[this.index] as number, this.#looks)
  }

  /**
   * Outputs of the layer before this one: rows of the weight that comes before its own, in the order of registration
   * or of a list's numbers. null where neither is known. What is made of it holds for this module alone.
   */
  get outputsBefore(): number | null {
    this.#looks.atPath = true
    const subject = this.#subject
    if (subject.stateDict.order !== 'registration') return rowsInListBefore(subject, this.index)
    let first = Number.POSITIVE_INFINITY
    for (const { index } of this.own.values()) first = Math.min(first, index)
    return rowsBefore(subject, first)
  }

  /**
   * Length of the vectors of the layer after this one in a list whose names are numbers, as a norm's are; null where
   * there is none. What is made of it holds for this module alone.
   */
  get lengthAfter(): number | null {
    this.#looks.atPath = true
    const { table, tree } = this.#subject
    const own = tree.nameOf(this.index)
    if (!isDigits(own) || own.length > 9) return null
    const next = tree.childNamed(tree.parents[this.index] as number, String(Number(own) + 1))
    if (next < 0) return null
    for (const index of tree.ownOf(next)) {
      const shape = table.shape(index)
      if (shape.length === 1 && /^(?:weight|running_mean)$/.test(tree.leafOf(index)))
        return shape[0] as number
    }
    return null
  }

  child(name: string): ModuleView | undefined {
    const child = this.#subject.tree.childNamed(this.index, name)
    return child < 0 ? undefined : new ModuleView(this.#subject, child, this.#looks)
  }

  /** The name of the module, digits skipped: `norm1` for `blocks.3.norm1`, `bn` for `bn.0`. */
  get word(): string {
    const { tree } = this.#subject
    let module = this.index
    while (module !== 0 && isDigits(tree.nameOf(module))) module = tree.parents[module] as number
    return tree.nameOf(module)
  }
}

/** Rows of the last matrix, or larger weight, before a tensor; null for none. */
function rowsBefore({ table, tree }: Subject, first: number): number | null {
  for (let index = first - 1; index >= 0; index--) {
    const shape = table.shape(index)
    if (shape.length >= 2 && tree.leafOf(index) === 'weight') return shape[0] as number
  }
  return null
}

/** The same in a list of layers whose names are numbers, where tensors are sorted by their names. */
function rowsInListBefore(subject: Subject, module: number): number | null {
  const { tree } = subject
  for (let at = module; at !== 0; at = tree.parents[at] as number) {
    const own = tree.nameOf(at)
    if (!isDigits(own)) return null
    const before = tree
      .childrenOf(tree.parents[at] as number)
      .filter((other) => isDigits(tree.nameOf(other)) && Number(tree.nameOf(other)) < Number(own))
    before.sort((a, b) => Number(tree.nameOf(b)) - Number(tree.nameOf(a)))
    for (const other of before) {
      const rows = rowsIn(subject, other)
      // Several layers inside, of which the last is not known.
      if (rows.size > 1) return null
      const [only] = rows
      if (only !== undefined) return only
    }
  }
  return null
}

/** Rows of the weights below a module, of two dimensions and more. */
function rowsIn(subject: Subject, module: number): Set<number> {
  const { table, tree } = subject
  const rows = new Set<number>()
  for (const at of tree.below(module))
    for (const index of tree.ownOf(at)) {
      const shape = table.shape(index)
      if (shape.length >= 2 && tree.leafOf(index) === 'weight') rows.add(shape[0] as number)
    }
  return rows
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
export function isFloating(tensor: Pick<Tensor, 'dtype'>): boolean {
  return tensor.dtype === null || dtypes[tensor.dtype].requiresGrad
}
