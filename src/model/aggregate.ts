import type { DType } from './dtype.ts'
import type { TensorReport } from './report.ts'
import type { ModuleNode, ModuleTree } from './tree.ts'

/** What is under one module, tied tensors counted at their first name only. */
export interface ModuleTotals {
  readonly tensors: number
  /** Elements, by kind. */
  readonly parameters: number
  readonly buffers: number
  readonly other: number
  /** Elements of parameters known not to be trained. */
  readonly frozen: number
  /** Parameters as the model's author counts them: packed weights as the weights they stand for. */
  readonly logical: number
  /** Of the tensors whose element type is recorded. */
  readonly bytes: number
  /** Elements whose type, and so whose size, is not recorded. */
  readonly unrecorded: number
  /** Of the weights, or of everything where there are none; `mixed` for several, null for unrecorded. */
  readonly dtype: DType | 'mixed' | null
  /** Whether everything here is of one element type. */
  readonly oneDtype: boolean
}

/** Sums are kept in one array, this many for each module, at these places. */
const width = 8
const place = {
  tensors: 0,
  parameters: 1,
  buffers: 2,
  other: 3,
  frozen: 4,
  logical: 5,
  bytes: 6,
  unrecorded: 7,
} as const
const placeOfKind = { parameter: place.parameters, buffer: place.buffers, other: place.other } as const

/** The weights a tensor stands for, as its model's author counts them; a packed one counts as stored where the layout does not say. */
export function logicalElements(tensor: TensorReport): number {
  if (tensor.quantised !== undefined)
    return tensor.quantised.logicalElements ?? tensor.quantised.leastElements ?? tensor.elements
  return tensor.kind === 'parameter' ? tensor.elements : 0
}

/** Set of element types that has room for one, and then is `mixed`. */
type OneType = DType | 'mixed' | null | undefined
const joined = (a: OneType, b: OneType): OneType =>
  a === undefined || a === b ? b : b === undefined ? a : 'mixed'

/** Totals for every module: one pass over the tensors, one over the modules from the leaves up. */
export function aggregate(
  tree: ModuleTree,
  tensors: readonly TensorReport[],
): (node: ModuleNode) => ModuleTotals {
  const size = tree.nodes.length
  const sums = new Float64Array(size * width)
  const weightType: OneType[] = new Array(size)
  const anyType: OneType[] = new Array(size)
  const add = (at: number, value: number) => {
    sums[at] = (sums[at] ?? 0) + value
  }

  tensors.forEach((tensor, position) => {
    const index = tree.owners[position]?.index ?? 0
    const start = index * width
    const weights = logicalElements(tensor)
    anyType[index] = joined(anyType[index], tensor.dtype)
    if (weights > 0) weightType[index] = joined(weightType[index], tensor.dtype)
    add(start + place.tensors, 1)
    if (tensor.tiedTo !== null) return
    add(start + placeOfKind[tensor.kind], tensor.elements)
    add(start + place.logical, weights)
    if (tensor.bytes === null) add(start + place.unrecorded, tensor.elements)
    else add(start + place.bytes, tensor.bytes)
    if (tensor.kind === 'parameter' && tensor.trainable === 'no') add(start + place.frozen, tensor.elements)
  })

  for (let index = size - 1; index > 0; index--) {
    const parent = tree.nodes[index]?.parent?.index ?? 0
    for (let i = 0; i < width; i++) add(parent * width + i, sums[index * width + i] ?? 0)
    weightType[parent] = joined(weightType[parent], weightType[index])
    anyType[parent] = joined(anyType[parent], anyType[index])
  }

  return ({ index }) => {
    const sum = (at: number) => sums[index * width + at] ?? 0
    return {
      tensors: sum(place.tensors),
      parameters: sum(place.parameters),
      buffers: sum(place.buffers),
      other: sum(place.other),
      frozen: sum(place.frozen),
      logical: sum(place.logical),
      bytes: sum(place.bytes),
      unrecorded: sum(place.unrecorded),
      dtype: weightType[index] ?? anyType[index] ?? null,
      oneDtype: anyType[index] !== 'mixed',
    }
  }
}
