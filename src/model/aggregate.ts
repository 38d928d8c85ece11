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
  readonly bytes: number
  /** Of the parameters, or of everything where there are none; `mixed` for several, null for unrecorded. */
  readonly dtype: DType | 'mixed' | null
  /** Whether everything here is of one element type. */
  readonly oneDtype: boolean
}

const fields = ['tensors', 'parameters', 'buffers', 'other', 'frozen', 'logical', 'bytes'] as const
type Field = (typeof fields)[number]

/** The weights a tensor stands for, as its model's author counts them; a packed one counts as stored where the layout does not say. */
export function logicalElements(tensor: TensorReport): number {
  if (tensor.quantised !== undefined) return tensor.quantised.logicalElements ?? tensor.elements
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
  const sums = Object.fromEntries(fields.map((field) => [field, new Float64Array(size)])) as Record<
    Field,
    Float64Array
  >
  const parameterType: OneType[] = new Array(size)
  const anyType: OneType[] = new Array(size)
  const add = (field: Field, index: number, value: number) => {
    const column = sums[field]
    column[index] = (column[index] ?? 0) + value
  }

  tensors.forEach((tensor, position) => {
    const index = tree.owners[position]?.index ?? 0
    anyType[index] = joined(anyType[index], tensor.dtype)
    if (tensor.kind === 'parameter') parameterType[index] = joined(parameterType[index], tensor.dtype)
    add('tensors', index, 1)
    if (tensor.tiedTo !== null) return
    const field = tensor.kind === 'parameter' ? 'parameters' : tensor.kind === 'buffer' ? 'buffers' : 'other'
    add(field, index, tensor.elements)
    add('logical', index, logicalElements(tensor))
    add('bytes', index, tensor.bytes ?? 0)
    if (tensor.kind === 'parameter' && tensor.trainable === 'no') add('frozen', index, tensor.elements)
  })

  for (let index = size - 1; index > 0; index--) {
    const parent = tree.nodes[index]?.parent?.index ?? 0
    for (const field of fields) add(field, parent, sums[field][index] ?? 0)
    parameterType[parent] = joined(parameterType[parent], parameterType[index])
    anyType[parent] = joined(anyType[parent], anyType[index])
  }

  return ({ index }) => ({
    tensors: sums.tensors[index] ?? 0,
    parameters: sums.parameters[index] ?? 0,
    buffers: sums.buffers[index] ?? 0,
    other: sums.other[index] ?? 0,
    frozen: sums.frozen[index] ?? 0,
    logical: sums.logical[index] ?? 0,
    bytes: sums.bytes[index] ?? 0,
    dtype: parameterType[index] ?? anyType[index] ?? null,
    oneDtype: anyType[index] !== 'mixed',
  })
}
