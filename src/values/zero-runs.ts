import { elementsOf } from '../model/tensor.ts'
import type { ZeroRuns } from '../model/value-reading.ts'

/** Sees how zeros lie in values that come by in windows. Looks at little of what is not zero. */
export class ZeroRunCounter {
  readonly #rowBytes: number
  readonly #rowElements: number
  readonly #rows: number
  readonly #bits: number
  /** Of the values so far. */
  #bytes = 0
  /** Where the last byte that is not zero ends. */
  #lastEnd = 0
  #zeroRows = 0
  /** Of the row under way: nothing but zeros so far. */
  #isRowZero = true

  /**
   * @param shape of the tensor
   * @param bits of an element; rows are whole bytes where `rows` is asked for
   */
  constructor(shape: readonly number[], bits: number) {
    this.#rowElements = elementsOf(shape.slice(1))
    this.#bits = bits
    const rowBits = this.#rowElements * bits
    this.#rows = rowBits % 8 === 0 ? (shape[0] ?? 1) : 0
    this.#rowBytes = this.#rows === 0 ? 0 : rowBits / 8
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
        if (this.#isRowZero) this.#zeroRows++
        this.#isRowZero = true
      }
    }
  }

  finish(): ZeroRuns {
    const tailBytes = this.#bytes - this.#lastEnd
    return {
      tail: Math.floor((tailBytes * 8) / this.#bits),
      rowElements: this.#rowElements,
      rows: this.#rows,
      zeroRows: this.#zeroRows,
    }
  }
}
