import type { Tensor } from '../model/tensors/tensor.ts'

/** What a view shows of a tensor. Its whole name is not in it: what is said of one module is said of all like it. */
export type ShownTensor = Pick<Tensor, 'dtype' | 'shape' | 'elements' | 'bytes'>

/** An own tensor of a module: its last name segment, the tensor and its place in the state dict. */
export interface OwnTensor {
  readonly leaf: string
  readonly index: number
  readonly tensor: ShownTensor
}

/** Modules have a few own tensors, which a walk finds sooner than a Map of them is made. */
const few = 8

/** The own tensors of a module by last name segment, in the order of the state dict. */
export class OwnTensors {
  readonly #list: readonly OwnTensor[]
  readonly #byLeaf: ReadonlyMap<string, OwnTensor> | null

  constructor(list: readonly OwnTensor[]) {
    this.#list = list
    this.#byLeaf = list.length <= few ? null : new Map(list.map((own) => [own.leaf, own]))
  }

  get size(): number {
    return this.#list.length
  }

  get(leaf: string): OwnTensor | undefined {
    if (this.#byLeaf !== null) return this.#byLeaf.get(leaf)
    const list = this.#list
    for (let i = 0; i < list.length; i++) if (list[i]?.leaf === leaf) return list[i]
    return undefined
  }

  has(leaf: string): boolean {
    return this.get(leaf) !== undefined
  }

  keys(): readonly string[] {
    return this.#list.map((own) => own.leaf)
  }

  values(): readonly OwnTensor[] {
    return this.#list
  }
}
