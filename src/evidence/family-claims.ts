import type { ModuleTree } from '../model/modules/tree.ts'
import { type Answer, type Kind, levelRank, type Trainable } from '../model/verdict.ts'
import type { ClaimBook } from './claim-book.ts'
import type { Family } from './families.ts'
import type { ModuleClaims } from './source.ts'

/** A tensor or module under the module that claims are made of, as the way there: names of modules, and which own tensor. */
interface Place {
  readonly way: readonly number[]
  readonly slot: number
}

/**
 * Claims about the first module of a family, kept until it is known that they hold for all of it, and then made
 * of each module: of the tensor that stands there where the first one has the one that was spoken of.
 */
export class FamilyClaims implements ModuleClaims {
  readonly #tree: ModuleTree
  readonly #book: ClaimBook
  #kept: ((modules: Family) => void)[] = []
  #first = 0

  constructor(tree: ModuleTree, book: ClaimBook) {
    this.#tree = tree
    this.#book = book
  }

  /** Claims from now on are about `module`, and others forgotten. */
  about(module: number): void {
    this.#first = module
    this.#kept = []
  }

  /** Makes the claims of each of these modules. */
  spread(modules: Family): void {
    for (const make of this.#kept) make(modules)
  }

  kind(index: number, answer: Answer<Kind>): void {
    const id = this.#book.kinds.pool.id(answer)
    const rank = levelRank(answer.level)
    this.#eachTensor(index, (tensor) => this.#book.kindId(tensor, id, rank))
  }

  trainable(index: number, answer: Answer<Trainable>): void {
    const id = this.#book.trainables.pool.id(answer)
    const rank = levelRank(answer.level)
    this.#eachTensor(index, (tensor) => this.#book.trainableId(tensor, id, rank))
  }

  quantised(...[index, ...claim]: Parameters<ModuleClaims['quantised']>): void {
    const { quantisations } = this.#book
    const [scheme, logicalElements, more] = claim
    const id = quantisations.id({ scheme, logicalElements, ...more })
    this.#eachTensor(index, (tensor) => {
      if (quantisations.idAt(tensor) < 0) quantisations.setId(tensor, id)
    })
  }

  module(...[{ index }, ...claim]: Parameters<ModuleClaims['module']>): void {
    const way = this.#wayTo(index)
    const { classes } = this.#book
    const [names, detail, level] = claim
    const id = classes.id({ classes: names, detail, level })
    this.#kept.push((modules) => {
      for (let i = 0; i < modules.length; i++) {
        const module = this.#follow(modules[i] as number, way)
        if (classes.idAt(module) < 0) classes.setId(module, id)
        else this.#book.module({ index: module }, ...claim)
      }
    })
  }

  #eachTensor(index: number, claim: (tensor: number) => void): void {
    const { way, slot } = this.#placeOf(index)
    const { own, ownBegins } = this.#tree
    this.#kept.push((modules) => {
      for (let i = 0; i < modules.length; i++) {
        const module = this.#follow(modules[i] as number, way)
        claim(own[(ownBegins[module] as number) + slot] as number)
      }
    })
  }

  #placeOf(tensor: number): Place {
    const owner = this.#tree.owners[tensor] as number
    return { way: this.#wayTo(owner), slot: placeIn(this.#tree.ownOf(owner), tensor) }
  }

  /** The names on the way down to a module from the first one. */
  #wayTo(module: number): readonly number[] {
    const way: number[] = []
    for (let at = module; at !== this.#first; at = this.#tree.parents[at] as number) {
      if (at === 0) throw new Error('a source may only speak of the module it is shown and what is under it')
      way.push(this.#tree.names[at] as number)
    }
    return way.reverse()
  }

  #follow(module: number, way: readonly number[]): number {
    let at = module
    for (const name of way) at = this.#tree.childOf(at, name)
    return at
  }
}

/** Where a number is among ascending ones. A module may own all tensors there are, so it is not looked for one by one. */
function placeIn(ascending: Uint32Array, wanted: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] as number) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
