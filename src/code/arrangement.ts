import { naturalCompare } from '../model/names/natural-order.ts'
import type { StateDictReport } from '../model/report.ts'
import { extraState, type Stored } from './stored.ts'

/** What an entry is registered as. What is neither parameter nor buffer is kept as a buffer. */
export type Registration = 'parameter' | 'buffer' | 'extra state'

/**
 * The order in which a module has its entries: own parameters, own buffers, extra state, then modules
 * (`Module.state_dict`, torch/nn/modules/module.py). Within each, that of the file where it keeps the order of
 * registration, and else the order people count in.
 */
export class Arrangement {
  /** Whether all entries then come in the order of the file; null where the file keeps no order. */
  readonly inOrder: boolean | null
  readonly #stored: Stored
  readonly #sorted: boolean

  constructor(stored: Stored, order: StateDictReport['order']) {
    this.#stored = stored
    this.#sorted = order === 'unrecorded'
    this.inOrder = this.#sorted ? null : this.#isInOrder()
  }

  registration(entry: number): Registration {
    const { inspection, rows, tree } = this.#stored
    const row = rows[entry] as number
    if (row < 0 || tree.leafOf(entry) === extraState) return 'extra state'
    return inspection.verdict(row).kind.answer === 'parameter' ? 'parameter' : 'buffer'
  }

  /** Own entries of a module. */
  own(module: number): number[] {
    const { tree } = this.#stored
    const own = [...tree.ownOf(module)]
    const rank = (entry: number): number => ranks[this.registration(entry)]
    if (!this.#sorted) return own.sort((a, b) => rank(a) - rank(b) || a - b)
    return own.sort(
      (a, b) =>
        rank(a) - rank(b) ||
        nameRank(tree.leafOf(a)) - nameRank(tree.leafOf(b)) ||
        naturalCompare(tree.leafOf(a), tree.leafOf(b)),
    )
  }

  children(module: number): number[] {
    const { tree } = this.#stored
    const children = tree.childrenOf(module)
    if (this.#sorted) children.sort((a, b) => naturalCompare(tree.nameOf(a), tree.nameOf(b)))
    return children
  }

  /** Own entries of a module and of all under it. */
  entriesUnder(module: number): number[] {
    const entries: number[] = []
    this.#walk(module, (entry) => {
      entries.push(entry)
      return true
    })
    return entries
  }

  #isInOrder(): boolean {
    let next = 0
    return this.#walk(0, (entry) => entry === next++)
  }

  /** Visits entries in order until `visit` says no; whether it never did. */
  #walk(from: number, visit: (entry: number) => boolean): boolean {
    const stack = [from]
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      if (!this.own(module).every(visit)) return false
      const children = this.children(module)
      for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as number)
    }
    return true
  }
}

const ranks: Readonly<Record<Registration, number>> = { parameter: 0, buffer: 1, 'extra state': 2 }

/** As layers of torch.nn have them. */
function nameRank(name: string): number {
  return name === 'weight' ? 0 : name === 'bias' ? 1 : name === 'num_batches_tracked' ? 3 : 2
}
