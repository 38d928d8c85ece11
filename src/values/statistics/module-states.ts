import type { ModuleTree } from '../../model/modules/tree.ts'
import { mergedStates, type ValueState } from './value-state.ts'

/** Deeper modules keep no distribution: names may make a chain of a hundred thousand. */
const deepestDistribution = 64

/** Adds what tensors come to up the tree of modules. */
export class ModuleStates {
  readonly #tree: ModuleTree
  readonly #own = new Map<number, { state: ValueState; tensors: number }>()

  constructor(tree: ModuleTree) {
    this.#tree = tree
  }

  /** @param module the tensor's own */
  add(module: number, state: ValueState): void {
    this.#take(module, state, 1)
  }

  /** Of every module that has a tensor in it or below it, parents before children. */
  *all(): Generator<{ readonly path: string; readonly tensors: number; readonly state: ValueState }> {
    const tree = this.#tree
    const depths = new Uint32Array(tree.size)
    for (let module = 1; module < tree.size; module++)
      depths[module] = (depths[tree.parents[module] as number] as number) + 1
    // Parents have lower numbers than their children.
    for (let module = tree.size - 1; module > 0; module--) {
      const own = this.#own.get(module)
      if (own === undefined) continue
      const parent = tree.parents[module] as number
      const isDeep = (depths[parent] as number) >= deepestDistribution
      this.#take(parent, isDeep ? { ...own.state, cells: null } : own.state, own.tensors)
    }
    const stack = [0]
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      const own = this.#own.get(module)
      if (own !== undefined) yield { path: tree.path(module), ...own }
      stack.push(...tree.childrenOf(module).reverse())
    }
  }

  #take(module: number, state: ValueState, tensors: number): void {
    const own = this.#own.get(module)
    if (own === undefined) this.#own.set(module, { state, tensors })
    else this.#own.set(module, { state: mergedStates(own.state, state), tensors: own.tensors + tensors })
  }
}
