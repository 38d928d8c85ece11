import type { StateDict } from '../model/checkpoint.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { Subject } from './source.ts'

/** Facts of the whole state dict that a recogniser of one module may need. */
export interface Surroundings {
  readonly role: StateDict['role']
  /** What the file says of how it was written. */
  readonly facts: Pick<StateDict['facts'], 'isOldLayout'>
  /** `model_type` of the config.json beside it. */
  readonly modelType: unknown
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
  /** Weights as a convolution's, in the whole state dict. */
  readonly convolutions: number
  /** Rank of most of them; 0 where there are none. */
  readonly commonRank: number
  /** Whether a child or grandchild of the module has a matrix for a weight. */
  hasMatrices(module: { readonly index: number }): boolean
  /** Whether convolutions stand somewhere below the module, and no matrices. */
  isOfConvolutions(module: { readonly index: number }): boolean
  /** Whether a child or grandchild of the module can be nothing but a transposed convolution. */
  hasTransposed(module: { readonly index: number }): boolean
  /** Outputs of the layers that are children of a module. */
  outputsIn(module: { readonly index: number }): Outputs
}

/** Outputs of layers, by the rank of their weights: rows of matrices, and of what may be convolutions. */
export interface Outputs {
  readonly matrices: ReadonlySet<number>
  readonly convolutions: ReadonlySet<number>
}

export function surroundingsOf(subject: Subject): Surroundings {
  const { stateDict, table, tree } = subject
  const { shapes, pool } = table.columns
  const isUsed = new Uint8Array(pool.shapes.length)
  const near = new Int8Array(tree.size)
  const far = new Int8Array(tree.size)
  const weight = tree.segments.idOf('weight')
  const bias = tree.segments.idOf('bias')
  const counter = tree.segments.idOf('num_batches_tracked')
  const transposed = new Uint8Array(tree.size)
  const matrices = new Uint8Array(tree.size)
  /** Bits of what is below: 1 for matrices, 2 for convolutions. */
  const below = new Uint8Array(tree.size)
  const ofRank = [0, 0, 0, 0, 0, 0]
  let hasBatchCounters = false
  for (let index = 0; index < table.length; index++) {
    const shape = shapes[index] as number
    isUsed[shape] = 1
    const dimensions = pool.shapes[shape] as readonly number[]
    const rank = dimensions.length
    const leaf = tree.leaves[index]
    if (rank === 0 && leaf === counter) hasBatchCounters = true
    if (rank < 2 || rank > 5 || leaf !== weight) continue
    const owner = tree.owners[index] as number
    if (owner === 0) continue
    const parent = tree.parents[owner] as number
    const outer = tree.parents[parent] as number
    below[owner] = (below[owner] as number) | (rank === 2 ? 1 : 2)
    if (rank === 2) {
      matrices[parent] = 1
      matrices[outer] = 1
      continue
    }
    addRank(near, parent, rank)
    if (parent !== 0) addRank(far, outer, rank)
    ofRank[rank] = (ofRank[rank] as number) + 1
    for (const own of tree.ownOf(owner))
      if (tree.leaves[own] === bias && isTransposed(dimensions, table.shape(own))) {
        transposed[parent] = 1
        transposed[outer] = 1
      }
  }
  // Modules come after those they stand in.
  for (let module = tree.size - 1; module > 0; module--) {
    const parent = tree.parents[module] as number
    below[parent] = (below[parent] as number) | (below[module] as number)
  }
  const most = Math.max(...ofRank)
  const lengths = new Set<number>()
  pool.shapes.forEach((shape, id) => {
    if (isUsed[id] === 1 && shape.length >= 2) for (const length of shape) lengths.add(length)
  })
  return {
    role: stateDict.role,
    facts: stateDict.facts,
    modelType: subject.checkpoint.side.config?.get('model_type'),
    isQuantised: quantisationMarker(subject) !== null,
    hasBatchCounters,
    lengths,
    convolutionRank: ({ index }) => near[index] as number,
    innerConvolutionRank: ({ index }) => far[index] as number,
    convolutions: ofRank.reduce((sum, count) => sum + count),
    commonRank: most === 0 ? 0 : ofRank.indexOf(most),
    hasMatrices: ({ index }) => matrices[index] === 1,
    isOfConvolutions: ({ index }) => below[index] === 2,
    hasTransposed: ({ index }) => transposed[index] === 1,
    outputsIn: remembered((module) => outputsIn(subject, module)),
  }
}

/** ConvTranspose `weight` [in, out, kernel…] with a `bias` [out], which is no convolution [out, in, kernel…] then. */
function isTransposed([first, second]: readonly number[], bias: readonly number[]): boolean {
  return bias.length === 1 && bias[0] === second && first !== second
}

function outputsIn({ table, tree }: Subject, module: number): Outputs {
  const matrices = new Set<number>()
  const convolutions = new Set<number>()
  for (const child of tree.childrenOf(module))
    for (const own of tree.ownOf(child)) {
      if (tree.leafOf(own) !== 'weight') continue
      const shape = table.shape(own)
      const [rows = 0] = shape
      if (shape.length === 2) matrices.add(rows)
      else if (shape.length > 2) convolutions.add(rows)
    }
  return { matrices, convolutions }
}

/** Asked of one module by each of its children, who may be many. */
function remembered<T>(find: (module: number) => T): (module: { readonly index: number }) => T {
  const known = new Map<number, T>()
  return ({ index }) => {
    const before = known.get(index)
    if (before !== undefined) return before
    const found = find(index)
    known.set(index, found)
    return found
  }
}

function addRank(ranks: Int8Array, module: number, rank: number): void {
  const before = ranks[module]
  ranks[module] = before === 0 || before === rank ? rank : -1
}
