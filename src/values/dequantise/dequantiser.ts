import type { DType } from '../../model/tensors/dtype.ts'

/** A stored tensor beside a packed weight. */
export interface StoredTensor {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A packed weight: the tensor that holds it, what it stands for, and what stands beside it. */
export interface PackedWeight extends StoredTensor {
  /** Of the layout, as reports say it. */
  readonly scheme: string
  readonly logicalShape: readonly number[]
  /** What the files beside the weights say of the layout: a value of `quantization_config` or `quantize_config.json`. */
  said(key: string): unknown
  /** A tensor of the same state dict, by its whole name. */
  beside(name: string): StoredTensor | undefined
}

/** Bookkeeping, read whole: numbers as doubles, by the names of tensors. */
export type Bookkeeping = ReadonlyMap<string, Float64Array>

/** How the values of one packed weight are worked out. */
export interface Recipe {
  /** Names of the tensors that are read before the weight. */
  readonly needs: readonly string[]
  /** Bytes of the weight that belong together: those that are decoded at once begin and end there. */
  readonly unit: number
  /** Values that a unit stands for. */
  readonly values: number
  /** Of a number, which lie one after the other in the bytes of a unit: what its lowest bit is worth is the step between values. */
  readonly bits: number
  /** Where the values stand in the weight, where that is not in the order of the bytes. */
  readonly order?: ValueOrder
  /** In that order they are those of the transposed weight: [in, out]. */
  readonly isTransposed?: true
  /** Units may stand for fewer: it cannot be cut. */
  readonly isUneven?: true
  /** Whole units may follow that stand for no weights. */
  readonly isPadded?: true
  /**
   * Values of a run of bytes of the weight, each once; in the order of the bytes, which need not be that of the weight.
   *
   * @returns null where the bookkeeping makes no sense
   */
  start(read: Bookkeeping): ((bytes: Uint8Array, offset: number) => Float32Array) | null
}

/** Where values stand, row by row. */
export interface ValueOrder {
  /** So many that follow each other fill as many places that do. */
  readonly span: number
  place(at: number): number
}

/** A layout whose values can be worked out. */
export interface Dequantiser {
  /** null where the weight is of another layout, or of a form of this one that is not known. */
  recipe(weight: PackedWeight): Recipe | null
}

/** `a.b` of `a.b.weight`. */
export function moduleOf({ name }: Pick<StoredTensor, 'name'>): string {
  return name.slice(0, name.lastIndexOf('.') + 1)
}

/** The last segment. */
export function leafOf({ name }: Pick<StoredTensor, 'name'>): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
