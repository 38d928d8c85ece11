import { elementsOf } from '../../model/tensors/tensor.ts'

/** A piece of a dataset, where the file has it. */
export interface Piece {
  readonly address: number
  /** In the file. */
  readonly bytes: number
  /** A bit for each filter that was left out. */
  readonly skipped: number
}

/** The pieces that a dataset of a shape is cut into, row by row. */
export class ChunkGrid {
  /** Of a piece, in elements. */
  readonly chunk: readonly number[]
  /** Pieces along each dimension. */
  readonly counts: readonly number[]
  /** Pieces in all. */
  readonly size: number
  readonly #shape: readonly number[]
  readonly #most: readonly number[]

  /** @param most the shape that it may grow to, infinite where that is unlimited */
  constructor(shape: readonly number[], most: readonly number[], chunk: readonly number[]) {
    this.chunk = chunk
    this.#shape = shape
    this.counts = piecesAlong(shape, chunk)
    this.#most = piecesAlong(most, chunk)
    this.size = elementsOf(this.counts)
  }

  /** Elements of a piece as it is stored. */
  get elements(): number {
    return elementsOf(this.chunk)
  }

  /** Where a piece is in the grid. */
  at(index: number): number[] {
    const found = this.counts.map(() => 0)
    for (let axis = found.length - 1, left = index; axis >= 0; axis--) {
      const count = this.counts[axis] as number
      found[axis] = left % count
      left = Math.floor(left / count)
    }
    return found
  }

  /** The number of a piece in the grid; -1 for one outside. */
  indexOf(at: readonly number[]): number {
    let index = 0
    for (const [axis, count] of this.counts.entries()) {
      const own = at[axis] as number
      if (own >= count) return -1
      index = index * count + own
    }
    return index
  }

  /**
   * The number that an array of pieces has it under: that of the largest shape, with the dimension first that may grow
   * for ever (H5Dearray.c, H5Dfarray.c: `idx_get_addr`).
   */
  numberOf(index: number): number {
    const at = this.at(index)
    const unlimited = this.#most.indexOf(Number.POSITIVE_INFINITY)
    const axes = this.counts.map((_, axis) => axis)
    const order = unlimited < 0 ? axes : [unlimited, ...axes.filter((axis) => axis !== unlimited)]
    return order.reduce(
      (sum, axis, i) => (i === 0 ? 0 : sum * (this.#most[axis] as number)) + (at[axis] as number),
      0,
    )
  }

  /** The part of the dataset that a piece holds. */
  box(index: number): { readonly start: readonly number[]; readonly shape: readonly number[] } {
    const start = this.at(index).map((own, axis) => own * (this.chunk[axis] as number))
    const shape = start.map((from, axis) =>
      Math.min(this.chunk[axis] as number, (this.#shape[axis] as number) - from),
    )
    return { start, shape }
  }
}

function piecesAlong(shape: readonly number[], chunk: readonly number[]): number[] {
  return shape.map((length, axis) => Math.ceil(length / (chunk[axis] as number)))
}

/** Whether one place in a grid comes after another, row by row. */
export function isAfter(at: readonly number[], before: readonly number[]): boolean {
  for (const [axis, own] of at.entries()) {
    const difference = own - (before[axis] as number)
    if (difference !== 0) return difference > 0
  }
  return false
}
