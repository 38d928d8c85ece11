import type { StateDict } from '../model/checkpoint.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { Subject } from './source.ts'

/** Facts of the whole state dict that a recogniser of one module may need. */
export interface Surroundings {
  readonly role: StateDict['role']
  /** What the file says of how it was written. */
  readonly facts: Pick<StateDict['facts'], 'isOldLayout'>
  /** Whether anything in the checkpoint says that it is quantised. */
  readonly isQuantised: boolean
  /** Any batch norm keeps its counter: written by torch >= 0.4.1 from live modules. */
  readonly hasBatchCounters: boolean
  /** Whether some tensor has this length along some dimension: a vector of such a length fits the model. */
  readonly lengths: ReadonlySet<number>
  /** Rank of the weights of convolutions that are children of a module: 4 for Conv2d; 0 for none, -1 for several. */
  convolutionRank(module: { readonly index: number }): number
  /** The same of its grandchildren: a convolution and its norm are often wrapped apart. */
  innerConvolutionRank(module: { readonly index: number }): number
}

export function surroundingsOf(subject: Subject): Surroundings {
  const { stateDict, table, tree } = subject
  const { shapes, pool } = table.columns
  const isUsed = new Uint8Array(pool.shapes.length)
  const near = new Int8Array(tree.size)
  const far = new Int8Array(tree.size)
  const weight = tree.segments.idOf('weight')
  const counter = tree.segments.idOf('num_batches_tracked')
  let hasBatchCounters = false
  for (let index = 0; index < table.length; index++) {
    const shape = shapes[index] as number
    isUsed[shape] = 1
    const rank = (pool.shapes[shape] as readonly number[]).length
    const leaf = tree.leaves[index]
    if (rank === 0 && leaf === counter) hasBatchCounters = true
    if (rank < 3 || rank > 5 || leaf !== weight) continue
    const owner = tree.owners[index] as number
    if (owner === 0) continue
    const parent = tree.parents[owner] as number
    addRank(near, parent, rank)
    if (parent !== 0) addRank(far, tree.parents[parent] as number, rank)
  }
  const lengths = new Set<number>()
  pool.shapes.forEach((shape, id) => {
    if (isUsed[id] === 1 && shape.length >= 2) for (const length of shape) lengths.add(length)
  })
  return {
    role: stateDict.role,
    facts: stateDict.facts,
    isQuantised: quantisationMarker(subject) !== null,
    hasBatchCounters,
    lengths,
    convolutionRank: ({ index }) => near[index] as number,
    innerConvolutionRank: ({ index }) => far[index] as number,
  }
}

function addRank(ranks: Int8Array, module: number, rank: number): void {
  const before = ranks[module]
  ranks[module] = before === 0 || before === rank ? rank : -1
}
