import type { ModuleNode } from '../model/tree.ts'
import type { Subject } from './source.ts'

/** Facts of the whole state dict that a recogniser of one module may need. */
export interface Surroundings {
  readonly subject: Subject
  /** Any batch norm keeps its counter: written by torch >= 0.4.1 from live modules. */
  readonly hasBatchCounters: boolean
  /** Whether some tensor has this length along some dimension: a vector of such a length fits the model. */
  readonly lengths: ReadonlySet<number>
  /** Rank of the weights of convolutions that are children of a module: 4 for Conv2d; 0 for none, -1 for several. */
  convolutionRank(node: ModuleNode): number
  /** The same of its grandchildren: a convolution and its norm are often wrapped apart. */
  innerConvolutionRank(node: ModuleNode): number
}

const cache = new WeakMap<Subject, Surroundings>()

export function surroundingsOf(subject: Subject): Surroundings {
  let made = cache.get(subject)
  if (made === undefined) {
    made = look(subject)
    cache.set(subject, made)
  }
  return made
}

function look(subject: Subject): Surroundings {
  let hasBatchCounters = false
  const lengths = new Set<number>()
  const near = new Map<ModuleNode, number>()
  const far = new Map<ModuleNode, number>()
  subject.stateDict.tensors.forEach((tensor, index) => {
    const { shape } = tensor
    if (shape.length === 0) {
      if (!hasBatchCounters && subject.tree.leaves[index] === 'num_batches_tracked') hasBatchCounters = true
      return
    }
    if (shape.length >= 2) for (const length of shape) lengths.add(length)
    if (shape.length >= 3 && shape.length <= 5 && subject.tree.leaves[index] === 'weight') {
      const parent = subject.tree.owners[index]?.parent ?? null
      addRank(near, parent, shape.length)
      addRank(far, parent?.parent ?? null, shape.length)
    }
  })
  return {
    subject,
    hasBatchCounters,
    lengths,
    convolutionRank: (node) => near.get(node) ?? 0,
    innerConvolutionRank: (node) => far.get(node) ?? 0,
  }
}

function addRank(ranks: Map<ModuleNode, number>, node: ModuleNode | null, rank: number): void {
  if (node === null) return
  const before = ranks.get(node)
  ranks.set(node, before === undefined || before === rank ? rank : -1)
}
