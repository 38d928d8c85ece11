import { CellCounter } from './cell-counter.ts'
import { integerCellOf } from './integer-cells.ts'
import type { Kernel } from './kernel.ts'
import { scaledSquares, scaledSum } from './scaled-integer.ts'
import { emptyState, type ValueState } from './value-state.ts'

/** Integers of 32 or 64 bits: every result is exact. */
export class IntegerKernel implements Kernel {
  readonly #read: (bytes: DataView, offset: number) => bigint
  readonly #width: number
  readonly #cells = new CellCounter()
  #elements = 0
  #zeros = 0
  #min: bigint | null = null
  #max: bigint | null = null
  #sum = 0n
  #squares = 0n

  /** @param width of an element, in bytes */
  constructor(read: (bytes: DataView, offset: number) => bigint, width: number) {
    this.#read = read
    this.#width = width
  }

  add(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length; at += this.#width) {
      const value = this.#read(view, at)
      if (value === 0n) this.#zeros++
      if (this.#min === null || value < this.#min) this.#min = value
      if (this.#max === null || value > this.#max) this.#max = value
      this.#sum += value
      this.#squares += value * value
      this.#cells.add(integerCellOf(value))
    }
    this.#elements += bytes.length / this.#width
  }

  finish(): ValueState {
    const state: ValueState = {
      ...emptyState,
      elements: this.#elements,
      zeros: this.#zeros,
      min: exact(this.#min),
      max: exact(this.#max),
      sum: scaledSum(this.#sum, 0),
      squares: scaledSquares(this.#squares, 0),
      representable: null,
      cells: this.#cells.take(),
    }
    this.#elements = 0
    this.#zeros = 0
    this.#min = null
    this.#max = null
    this.#sum = 0n
    this.#squares = 0n
    return state
  }
}

/** A number where a double holds it. */
export function exact(value: bigint | null): number | bigint | null {
  if (value === null) return null
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
