import type { StateDictReport, TensorReport } from '../model/report.ts'
import type { Rename } from './difference.ts'

/** How a pair was found: by the same name, or by a kind of rename. */
export type Means = 'name itself' | Rename['by']

/** What is compared of a state dict; an order that is not given is taken for that of the modules unless it is the alphabet's. */
export type ComparedEntries = Pick<StateDictReport, 'tensors'> & Partial<Pick<StateDictReport, 'order'>>

function isSorted(tensors: StateDictReport['tensors']): boolean {
  return tensors.every(({ name }, at) => at === 0 || (tensors[at - 1]?.name ?? '') < name)
}

/** Which tensor of `b` each tensor of `a` is, as far as it is known. Grows step by step. */
export class Pairing {
  readonly a: readonly TensorReport[]
  readonly b: readonly TensorReport[]
  readonly #partnerOfA: Int32Array
  readonly #partnerOfB: Int32Array
  readonly #means: Means[] = []
  /** How many pairs there are. */
  pairs = 0
  /** Whether both lists are in the order in which modules registered their entries, for all that is known. */
  readonly isOrdered: boolean

  constructor(a: ComparedEntries, b: ComparedEntries) {
    this.isOrdered = [a, b].every(({ order, tensors }) => order !== 'unrecorded' && !isSorted(tensors))
    this.a = a.tensors
    this.b = b.tensors
    this.#partnerOfA = new Int32Array(this.a.length).fill(-1)
    this.#partnerOfB = new Int32Array(this.b.length).fill(-1)
  }

  /** Index in `b` of the partner of `a`'s tensor at `index`; -1 for none. */
  partnerOfA(index: number): number {
    return this.#partnerOfA[index] ?? -1
  }

  partnerOfB(index: number): number {
    return this.#partnerOfB[index] ?? -1
  }

  pairedBy(indexOfA: number): Means | undefined {
    return this.#means[indexOfA]
  }

  /** Makes a pair of two that have no partner; false when one of them has. */
  pair(indexOfA: number, indexOfB: number, means: Means): boolean {
    if (this.partnerOfA(indexOfA) >= 0 || this.partnerOfB(indexOfB) >= 0) return false
    this.#partnerOfA[indexOfA] = indexOfB
    this.#partnerOfB[indexOfB] = indexOfA
    this.#means[indexOfA] = means
    this.pairs++
    return true
  }

  /** Indices of the tensors without a partner, in order. */
  aloneInA(): number[] {
    return alone(this.#partnerOfA)
  }

  aloneInB(): number[] {
    return alone(this.#partnerOfB)
  }
}

function alone(partners: Int32Array): number[] {
  const indices: number[] = []
  partners.forEach((partner, index) => {
    if (partner < 0) indices.push(index)
  })
  return indices
}

/** Pairs tensors of the same name. */
export function pairNames(pairing: Pairing): void {
  const indexOfB = new Map(pairing.b.map(({ name }, index) => [name, index]))
  pairing.a.forEach(({ name }, index) => {
    const found = indexOfB.get(name)
    if (found !== undefined) pairing.pair(index, found, 'name itself')
  })
}
