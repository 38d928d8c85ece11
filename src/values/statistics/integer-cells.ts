import { cellOf, middleOf } from './sketch.ts'

// Integers of 32 and 64 bits: small ones have a cell each, so that their quantiles are exact; the others those of the sketch.

/** Smaller magnitudes have a cell each. A cell of the sketch begins here, and all further ones fit in half the kernels' table. */
const each = 128_000
const firstShared = cellOf(each)

/** The cell of an integer, negative for negative ones. */
export function integerCellOf(value: bigint): number {
  const size = value < 0n ? -value : value
  if (size < each) return Number(value)
  // Cut to what a double holds: rounded up it could be of the next power of two.
  const cell = cellOf(Number(size & ~0x7ffn)) - firstShared + each
  return value < 0n ? -cell : cell
}

/** The integer of a cell, or the middle of several. */
export function integerOf(cell: number): number {
  const magnitude = Math.abs(cell)
  if (magnitude < each) return cell
  const middle = middleOf(magnitude - each + firstShared)
  return cell < 0 ? -middle : middle
}

/** The cell of the sketch that an integer of a cell is in. */
export function sketchCellOf(cell: number): number {
  const magnitude = Math.abs(cell)
  return Math.sign(cell) * (magnitude < each ? cellOf(magnitude) : magnitude - each + firstShared)
}

/** Whether each integer of a cell that is no farther from zero than this is told exactly. */
export function isExactInteger(cell: number): boolean {
  return Math.abs(cell) < each
}
