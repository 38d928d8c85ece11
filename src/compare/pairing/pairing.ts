import type { StateDictReport } from '../../model/report.ts'
import { ComparedTensors } from '../compared-tensors.ts'
import type { Rename } from '../difference.ts'
import { sameNames } from '../same-names.ts'

/** How a pair was found: by the same name, or by a kind of rename. */
export type Means = 'name itself' | Rename['by']

/** What is compared of a state dict; an order that is not given is taken for that of the modules unless it is the alphabet's. */
export type ComparedEntries = Pick<StateDictReport, 'tensors'> & Partial<Pick<StateDictReport, 'order'>>

/** From what is certain to what is guessed. */
export const allMeans: readonly Means[] = ['name itself', 'published', 'prefix', 'structure', 'name', 'order']

/** In place of a partner: the tensor is part of several that are one on the other side. */
const aside = -2

/** Which tensor of `b` each tensor of `a` is, as far as it is known. Grows step by step. */
export class Pairing {
  readonly a: ComparedTensors
  readonly b: ComparedTensors
  readonly #partnerOfA: Int32Array
  readonly #partnerOfB: Int32Array
  readonly #means: Uint8Array
  readonly #hasOrder: boolean
  /** How many pairs there are. */
  pairs = 0
  /** And how many of them not by the name itself. */
  renamed = 0

  constructor(a: ComparedEntries, b: ComparedEntries) {
    this.#hasOrder = a.order !== 'unrecorded' && b.order !== 'unrecorded'
    this.a = new ComparedTensors(a)
    this.b = new ComparedTensors(b)
    this.#partnerOfA = new Int32Array(this.a.length).fill(-1)
    this.#partnerOfB = new Int32Array(this.b.length).fill(-1)
    this.#means = new Uint8Array(this.a.length)
  }

  /** Whether both lists are in the order in which modules registered their entries, for all that is known. */
  get isOrdered(): boolean {
    return this.#hasOrder && !this.a.isSorted && !this.b.isSorted
  }

  /** Index in `b` of the partner of `a`'s tensor at `index`; -1 for none. */
  partnerOfA(index: number): number {
    return this.#partnerOfA[index] ?? -1
  }

  partnerOfB(index: number): number {
    return this.#partnerOfB[index] ?? -1
  }

  pairedBy(indexOfA: number): Means | undefined {
    return this.partnerOfA(indexOfA) < 0 ? undefined : allMeans[this.#means[indexOfA] as number]
  }

  /** Makes a pair of two that have no partner; false when one of them has, or when the names say that they are no one thing. */
  pair(indexOfA: number, indexOfB: number, means: Means): boolean {
    if (this.partnerOfA(indexOfA) !== -1 || this.partnerOfB(indexOfB) !== -1) return false
    if (means !== 'name itself' && !mayBeOne(leafOf(this.a, indexOfA), leafOf(this.b, indexOfB))) return false
    this.#partnerOfA[indexOfA] = indexOfB
    this.#partnerOfB[indexOfB] = indexOfA
    this.#means[indexOfA] = allMeans.indexOf(means)
    this.pairs++
    if (means !== 'name itself') this.renamed++
    return true
  }

  /** Takes two sets of tensors out of what is paired: they are each other, and not one by one. */
  setAside(indicesOfA: readonly number[], indicesOfB: readonly number[]): void {
    for (const index of indicesOfA) this.#partnerOfA[index] = aside
    for (const index of indicesOfB) this.#partnerOfB[index] = aside
  }

  /** Whether a tensor has neither a partner nor been set aside. */
  isAlone(side: 'a' | 'b', index: number): boolean {
    return (side === 'a' ? this.#partnerOfA : this.#partnerOfB)[index] === -1
  }

  /** The names of both tensors of each pair, in the order of `a`. */
  names(): [a: string, b: string][] {
    const names: [string, string][] = []
    this.#partnerOfA.forEach((partner, index) => {
      if (partner >= 0) names.push([this.a.name(index), this.b.name(partner)])
    })
    return names
  }

  /** Visits each pair, in the order of `a`. */
  forEach(visit: (indexOfA: number, indexOfB: number) => void): void {
    this.#partnerOfA.forEach((partner, index) => {
      if (partner >= 0) visit(index, partner)
    })
  }

  /** Indices of the tensors without a partner, in order. */
  aloneInA(): number[] {
    return this.pairs === this.a.length ? [] : alone(this.#partnerOfA)
  }

  aloneInB(): number[] {
    return this.pairs === this.b.length ? [] : alone(this.#partnerOfB)
  }
}

/**
 * A weight that is normed is kept as its direction and its length (torch.nn.utils.weight_norm, `weight_v` and `weight_g`;
 * torch.nn.utils.parametrizations.weight_norm, `original1` and `original0`): the direction has the shape of the weight, and not its values.
 */
const halves: ReadonlyMap<string, string> = new Map([
  ['weight_v', 'direction'],
  ['original1', 'direction'],
  ['weight_g', 'length'],
  ['original0', 'length'],
])

function mayBeOne(a: string, b: string): boolean {
  return a === b || halves.get(a) === halves.get(b)
}

function leafOf({ inspection }: ComparedTensors, index: number): string {
  return inspection.tree.leafOf(index)
}

function alone(partners: Int32Array): number[] {
  const indices: number[] = []
  partners.forEach((partner, index) => {
    if (partner === -1) indices.push(index)
  })
  return indices
}

/** Pairs tensors of the same name. */
export function pairNames(pairing: Pairing): void {
  const { rows } = sameNames(pairing.a.inspection.tree, pairing.b.inspection.tree)
  rows.forEach((found, index) => {
    if (found >= 0) pairing.pair(index, found, 'name itself')
  })
}
