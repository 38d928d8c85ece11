import type { StateDictReport, TensorReport } from '../model/report.ts'
import type { Rename } from './difference.ts'

/** How a pair was found: by the same name, or by a kind of rename. */
export type Found = 'name itself' | Rename['by']

/** Which tensor of `b` each tensor of `a` is, as far as it is known. Grows step by step. */
export class Alignment {
  readonly a: readonly TensorReport[]
  readonly b: readonly TensorReport[]
  readonly #partnerOfA: Int32Array
  readonly #partnerOfB: Int32Array
  readonly #found: Found[] = []

  constructor(a: Pick<StateDictReport, 'tensors'>, b: Pick<StateDictReport, 'tensors'>) {
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

  foundBy(indexOfA: number): Found | undefined {
    return this.#found[indexOfA]
  }

  /** Makes a pair of two that have no partner; false when one of them has. */
  pair(indexOfA: number, indexOfB: number, found: Found): boolean {
    if (this.partnerOfA(indexOfA) >= 0 || this.partnerOfB(indexOfB) >= 0) return false
    this.#partnerOfA[indexOfA] = indexOfB
    this.#partnerOfB[indexOfB] = indexOfA
    this.#found[indexOfA] = found
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
export function alignNames(alignment: Alignment): void {
  const indexOfB = new Map(alignment.b.map(({ name }, index) => [name, index]))
  alignment.a.forEach(({ name }, index) => {
    const found = indexOfB.get(name)
    if (found !== undefined) alignment.pair(index, found, 'name itself')
  })
}
