import { targetTypes } from '../../model/values/statistics.ts'
import { CellCounter } from './cell-counter.ts'
import { type FloatType, sumsOfBlock } from './float-block.ts'
import { blockElements, type Kernel } from './kernel.ts'
import { addFlags, representableIn } from './representable.ts'
import { cellOf } from './sketch.ts'
import { emptyState, type ValueState } from './value-state.ts'

/** Numbers of bytes, little-endian, of any alignment. */
export type ReadNumber = (bytes: DataView, offset: number) => number

/** Values of F32 or F64, in plain TypeScript: what runs where there is no SIMD, and what the SIMD kernels are held to. */
export class FloatKernel implements Kernel {
  readonly #type: FloatType
  readonly #read: ReadNumber
  readonly #width: number
  readonly #block = new Float64Array(blockElements)
  readonly #cells = new CellCounter()
  #filled = 0
  #state = newState()

  /** @param width of an element, in bytes */
  constructor(type: FloatType, read: ReadNumber, width: number) {
    this.#type = type
    this.#read = read
    this.#width = width
  }

  add(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length; at += this.#width) {
      this.#block[this.#filled++] = this.#read(view, at)
      if (this.#filled === blockElements) this.#flush()
    }
  }

  finish(): ValueState {
    if (this.#filled > 0) this.#flush()
    const state = { ...this.#state, cells: this.#cells.take() }
    this.#state = newState()
    return state
  }

  #flush(): void {
    const state = this.#state
    const { sum, squares, isExact } = sumsOfBlock(this.#block, this.#filled, this.#type)
    state.sum += sum
    state.squares += squares
    if (isExact) state.exactBlocks++
    state.elements += this.#filled
    for (let i = 0; i < this.#filled; i++) this.#count(this.#block[i] as number)
    this.#filled = 0
  }

  #count(value: number): void {
    const state = this.#state
    addFlags(state.representable, representableIn(value), 1)
    if (value === Number.POSITIVE_INFINITY) state.positiveInfinity++
    else if (value === Number.NEGATIVE_INFINITY) state.negativeInfinity++
    else if (Number.isNaN(value)) state.nan++
    else {
      if (value === 0) state.zeros++
      else if (Math.abs(value) < this.#type.normal) state.subnormal++
      // -0 + 0 is 0.
      if (state.min === null || value < state.min) state.min = value + 0
      if (state.max === null || value > state.max) state.max = value + 0
      this.#cells.add(cellOf(value))
    }
  }
}

function newState() {
  return {
    ...emptyState,
    min: null as number | null,
    max: null as number | null,
    representable: new Float64Array(targetTypes.length),
  }
}
