import type { ValueState } from './value-state.ts'

/** Elements that are summed together before they are added exactly. Counted from the first of a tensor. */
export const blockElements = 4_096

/**
 * Takes the values of one tensor, or of a run of it that begins at a block, and says what they come to. The same to the
 * bit however they are cut into pieces, and whoever computes it.
 */
export interface Kernel {
  /** The next values: whole blocks of the type (`dtypes`), row by row and little-endian. Not kept. */
  add(bytes: Uint8Array): void
  /** What all of them come to. The kernel is then as new. */
  finish(): ValueState
}
