import { elementsOf } from '../model/tensors/tensor.ts'
import type { ZeroRuns } from '../model/values/value-reading.ts'

/** Sees how zeros lie in values that come by in windows. Looks at little of what is not zero. */
export class ZeroRunCounter {
  readonly #rowBytes: number
  readonly #rowElements: number
  readonly #rows: number
  readonly #bits: number
  /** Of the values so far, and of those before the run that is looked at. */
  #bytes: number
  /** Where the last byte that is not zero ends; -1 where there was none. */
  #lastEnd = -1
  #zeroRows = 0
  /** The row that the run begins within is over, and nothing but zeros from there on; null where it begins a row, or goes on. */
  #isHeadZero: boolean | null = null
  #beginsWithin: boolean
  /** Of the row under way: nothing but zeros so far. */
  #isRowZero = true

  /**
   * @param shape of the tensor
   * @param bits of an element; rows are whole bytes where `rows` is asked for
   * @param from bytes of the values before those that will come
   */
  constructor(shape: readonly number[], bits: number, from = 0) {
    this.#rowElements = elementsOf(shape.slice(1))
    this.#bits = bits
    const rowBits = this.#rowElements * bits
    // Nobody asks for the rows of what is none of rows.
    this.#rows = rowBits % 8 === 0 && shape.length > 1 ? (shape[0] as number) : 0
    this.#rowBytes = this.#rows === 0 ? 0 : rowBits / 8
    this.#bytes = from
    this.#beginsWithin = this.#rowBytes > 0 && from % this.#rowBytes > 0
  }

  add(bytes: Uint8Array): void {
    let last = bytes.length - 1
    while (last >= 0 && bytes[last] === 0) last--
    if (last >= 0) this.#lastEnd = this.#bytes + last + 1
    if (this.#rowBytes > 0) this.#countRows(bytes, last + 1)
    this.#bytes += bytes.length
  }

  /** @param end where the last byte of the window that is not zero ends */
  #countRows(bytes: Uint8Array, end: number): void {
    const width = this.#rowBytes
    let at = 0
    while (at < bytes.length) {
      const left = width - ((this.#bytes + at) % width)
      const stop = Math.min(bytes.length, at + left)
      if (this.#isRowZero) {
        // What follows the last byte that is not zero need not be looked at.
        const seen = Math.min(stop, end)
        let i = at
        while (i < seen && bytes[i] === 0) i++
        if (i < seen) this.#isRowZero = false
      }
      at = stop
      if ((this.#bytes + at) % width === 0) {
        if (this.#beginsWithin) {
          this.#isHeadZero = this.#isRowZero
          this.#beginsWithin = false
        } else if (this.#isRowZero) this.#zeroRows++
        this.#isRowZero = true
      }
    }
  }

  /** What is known of the run, to be joined with those before and after it (`joinedZeroRuns`). */
  state(): ZeroRunState {
    return {
      lastEnd: this.#lastEnd,
      zeroRows: this.#zeroRows,
      head: this.#isHeadZero,
      within: this.#beginsWithin,
      rest: this.#isRowZero,
    }
  }

  finish(): ZeroRuns {
    const tailBytes = this.#bytes - Math.max(0, this.#lastEnd)
    return {
      tail: Math.floor((tailBytes * 8) / this.#bits),
      rowElements: this.#rowElements,
      rows: this.#rows,
      zeroRows: this.#zeroRows,
    }
  }
}

/** How zeros lie in a run of values that another counter goes on after: plain data. */
export interface ZeroRunState {
  /** Where the last byte that is not zero ends, from the first of the tensor; -1 for none. */
  readonly lastEnd: number
  /** Rows that lie whole in the run. */
  readonly zeroRows: number
  /** Of a run that begins within a row: whether what it has of it is zeros; null where it begins a row, or ends in the same. */
  readonly head: boolean | null
  /** It begins within a row and does not reach its end. */
  readonly within: boolean
  /** What it has of the row that it ends within is zeros. */
  readonly rest: boolean
}

/** Of two runs, of which the second begins where the first ends, as of one. */
export function joinedZeroRuns(a: ZeroRunState, b: ZeroRunState): ZeroRunState {
  const lastEnd = Math.max(a.lastEnd, b.lastEnd)
  const zeroRows = a.zeroRows + b.zeroRows
  // The row that the first ends within goes on beyond the second.
  if (b.within) return { ...a, lastEnd, zeroRows, rest: a.rest && b.rest }
  if (b.head === null) return { ...a, lastEnd, zeroRows, rest: b.rest }
  const isZero = a.rest && b.head
  if (a.within) return { lastEnd, zeroRows, head: isZero, within: false, rest: b.rest }
  return { ...a, lastEnd, zeroRows: zeroRows + (isZero ? 1 : 0), rest: b.rest }
}

/**
 * How zeros lie in a tensor.
 *
 * @param bytes of the tensor
 * @param state of all of it
 */
export function zeroRunsOf(
  shape: readonly number[],
  bits: number,
  bytes: number,
  { lastEnd, zeroRows }: ZeroRunState,
): ZeroRuns {
  const { rows, rowElements } = new ZeroRunCounter(shape, bits).finish()
  const tail = Math.floor(((bytes - Math.max(0, lastEnd)) * 8) / bits)
  return { tail, rowElements, rows, zeroRows }
}
