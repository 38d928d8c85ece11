import type { ReadNumber } from './float-kernel.ts'
import type { Kernel } from './kernel.ts'
import { inSumUnits } from './scaled-integer.ts'
import { emptyState, type ValueState } from './value-state.ts'

/** Complex values. An element is not finite when one of its parts is not, and NaN when one of them is. */
export class ComplexKernel implements Kernel {
  readonly #read: ReadNumber
  readonly #width: number
  #state = { ...emptyState, modulus: null as number | null, imaginarySum: 0n }

  /** @param width of a part, in bytes */
  constructor(read: ReadNumber, width: number) {
    this.#read = read
    this.#width = width
  }

  add(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length; at += 2 * this.#width)
      this.#count(this.#read(view, at), this.#read(view, at + this.#width))
  }

  finish(): ValueState {
    const state = { ...this.#state, representable: null, cells: null }
    this.#state = { ...emptyState, modulus: null, imaginarySum: 0n }
    return state
  }

  #count(re: number, im: number): void {
    const state = this.#state
    state.elements++
    if (Number.isNaN(re) || Number.isNaN(im)) state.nan++
    else if (re === Number.POSITIVE_INFINITY || im === Number.POSITIVE_INFINITY) state.positiveInfinity++
    else if (re === Number.NEGATIVE_INFINITY || im === Number.NEGATIVE_INFINITY) state.negativeInfinity++
    else {
      if (re === 0 && im === 0) state.zeros++
      state.modulus = Math.max(state.modulus ?? 0, modulus(re, im))
      const a = inSumUnits(re)
      const b = inSumUnits(im)
      state.sum += a
      state.imaginarySum += b
      state.squares += a * a + b * b
    }
  }
}

/** Made of operations that give the same everywhere, as `Math.hypot` need not. */
function modulus(re: number, im: number): number {
  const a = Math.max(Math.abs(re), Math.abs(im))
  const b = Math.min(Math.abs(re), Math.abs(im))
  return a === 0 ? 0 : a * Math.sqrt(1 + (b / a) ** 2)
}
