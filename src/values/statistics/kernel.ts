import type { DType } from '../../model/tensors/dtype.ts'
import type { ValueState } from './value-state.ts'

/** Elements that are summed together before they are added exactly. Counted from the first of a tensor. */
export const blockElements = 4_096

/**
 * Takes the values of one tensor, or of a run of it that begins at a block, and says what they come to. The same to the
 * bit however they are cut into pieces, and whoever computes it.
 */
export interface Kernel {
  /** Where the next values may be put, to be added without being copied. */
  readonly room?: Uint8Array
  /** The next values: whole blocks of the type (`dtypes`), row by row and little-endian. Not kept. */
  add(bytes: Uint8Array): void
  /** What all of them come to. The kernel is then as new. */
  finish(): ValueState
}

/**
 * How much is asked of values: all; or no more than counts, extremes, mean and deviation; or neither mean nor deviation nor
 * norm, which is as fast as memory is read.
 */
export type Extent = 'full' | 'basic' | 'range'

/**
 * A kernel for values of a type; null where its bits stand for no numbers.
 *
 * @param elements that will come, which of a packed type may be fewer than its bytes hold
 * @param extent what a kernel may leave out
 */
export type MakeKernel = (dtype: DType, elements: number, extent?: Extent) => Kernel | null
