import { inFile, type NoValues, type Values } from '../values/values.ts'
import type { DType } from './dtype.ts'

/** A tensor that another is made of: the indices of a sparse one, what a subclass keeps in an attribute. */
export interface Part {
  /** `indices`, `crow_indices`; for a subclass the attribute, dotted where it is inside another: `tensor_impl.scale`. */
  readonly name: string
  /** null where the file does not record one. */
  readonly dtype: DType | null
  /** Stored elements along each dimension. */
  readonly shape: readonly number[]
  /** Where its values are, or why they cannot be read. */
  readonly values: Values | NoValues
  /** Of one that is quantised per tensor inside an entry that is no tensor. */
  readonly quantiser?: Pick<QuantisedRepresentation, 'scale' | 'zeroPoint'>
}

export const sparseLayouts = ['coo', 'csr', 'csc', 'bsr', 'bsc'] as const
export type SparseLayout = (typeof sparseLayouts)[number]

/** Indices and values in place of all elements (`torch.sparse_coo` and its kin). */
export interface SparseRepresentation<P = Part> {
  readonly kind: 'sparse'
  readonly layout: SparseLayout
  readonly parts: readonly P[]
  /** Stored elements, or blocks of a block layout. Absent where the parts do not say. */
  readonly nnz?: number
  /** Of COO: whether each index is there once, where the file says. */
  readonly coalesced?: boolean
  /** Of BSR and BSC. */
  readonly blockSize?: readonly [number, number]
}

export const shardClasses = ['DTensor', 'ShardedTensor', 'FlatParameter', 'ZeRO'] as const
export type ShardClass = (typeof shardClasses)[number]

/**
 * What one process holds of a tensor that lies over several. Of ZeRO it is DeepSpeed that says so, of a plain tensor: the
 * local shape is that of a piece of the flat parameter, or of the placeholder in its place.
 */
export interface ShardRepresentation<P = Part> {
  readonly kind: 'shard'
  readonly of: ShardClass
  /** Of the whole; absent where the file does not say. The tensor's own shape is this one where it is known. */
  readonly globalShape?: readonly number[]
  /** Of what the file holds. */
  readonly localShape: readonly number[]
  /** One for each dimension of the mesh: `Shard(0)`, `Replicate()`. */
  readonly placements?: readonly string[]
  /** Processes along each dimension of the mesh. */
  readonly mesh?: readonly number[]
  /** Where the part begins in the whole, along each dimension. */
  readonly offsets?: readonly number[]
  readonly parts: readonly P[]
}

/** A subclass of torch.Tensor that keeps its values in tensors of its own. */
export interface SubclassRepresentation<P = Part> {
  readonly kind: 'subclass'
  /** `torchao.quantization.Int8Tensor`. */
  readonly class: string
  readonly parts: readonly P[]
  /** What else it keeps, in a few words each: `block_size` is `[1, 64]`. None is left out. Absent: nothing. */
  readonly attributes?: readonly { readonly name: string; readonly value: string }[]
  /** For people: `Int8Tensor: qdata I8 [4, 8], scale BF16 [4, 1]`. */
  readonly summary: string
}

/** An affine quantised tensor of torch's own (`torch.qint8`). */
export interface QuantisedRepresentation<P = Part> {
  readonly kind: 'quantised'
  readonly scheme: 'per-tensor' | 'per-channel'
  /** Per tensor. */
  readonly scale?: number
  readonly zeroPoint?: number
  /** Per channel: the dimension of the channels. */
  readonly axis?: number
  /** Per channel: `scales`, `zero_points`. */
  readonly parts: readonly P[]
}

/** Tensors of several shapes in one (`torch.nested`). */
export interface NestedRepresentation<P = Part> {
  readonly kind: 'nested'
  readonly parts: readonly P[]
}

/**
 * How the values of a tensor are kept, where that is not one strided run of elements: a tensor without a
 * representation is dense. `uninitialised` is of a lazy module: no shape yet, and `shape` is `[0]`. `meta` has a
 * shape and no values.
 */
export type Representation<P = Part> =
  | SparseRepresentation<P>
  | ShardRepresentation<P>
  | SubclassRepresentation<P>
  | QuantisedRepresentation<P>
  | NestedRepresentation<P>
  | { readonly kind: 'uninitialised' }
  | { readonly kind: 'meta' }

/** The tensors that a representation is made of; none where it has none. */
export function partsOf<P>(representation: Representation<P> | undefined): readonly P[] {
  return representation !== undefined && 'parts' in representation ? representation.parts : []
}

/** The same representation over parts of another form. */
export function withParts<P, Q>(representation: Representation<P>, parts: readonly Q[]): Representation<Q> {
  return 'parts' in representation ? { ...representation, parts } : representation
}

/** The same parts in a file that goes by another name. */
export function partsInFile(parts: readonly Part[], file: string): Part[] {
  return parts.map((part) => ({ ...part, values: inFile(part.values, file) }))
}

/** A part as a report has it: what it is, not where. */
export type PartReport = Omit<Part, 'values' | 'quantiser'>
export type RepresentationReport = Representation<PartReport>

const reports = new WeakMap<Representation, RepresentationReport>()

/** A representation as a report has it: one for each, however many tensors share it. */
export function reported(representation: Representation): RepresentationReport {
  const before = reports.get(representation)
  if (before !== undefined) return before
  const report = withParts(representation, partsOf(representation).map(reportedPart))
  reports.set(representation, report)
  return report
}

export function reportedPart({ name, dtype, shape }: Part): PartReport {
  return { name, dtype, shape }
}
