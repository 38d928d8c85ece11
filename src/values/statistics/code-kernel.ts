import type { CodeTable } from './code-table.ts'
import type { Kernel } from './kernel.ts'
import type { ValueState } from './value-state.ts'

/** Counts the codes of a type of 8 or 16 bits. */
export class CodeKernel implements Kernel {
  readonly #table: CodeTable
  readonly #counts: Float64Array

  constructor(table: CodeTable) {
    this.#table = table
    this.#counts = new Float64Array(table.size)
  }

  add(bytes: Uint8Array): void {
    const counts = this.#counts
    if (this.#table.size <= 256) {
      for (let i = 0; i < bytes.length; i++)
        counts[bytes[i] as number] = (counts[bytes[i] as number] as number) + 1
      return
    }
    for (let i = 0; i + 1 < bytes.length; i += 2) {
      const code = (bytes[i] as number) | ((bytes[i + 1] as number) << 8)
      counts[code] = (counts[code] as number) + 1
    }
  }

  finish(): ValueState {
    const state = this.#table.state(this.#counts)
    this.#counts.fill(0)
    return state
  }
}

/** Counts the codes of a type of less than a byte: the first element is in the lowest bits. */
export class PackedKernel implements Kernel {
  readonly #table: CodeTable
  readonly #bits: number
  readonly #counts: Float64Array
  readonly #elements: number
  #left: number
  #pending = 0
  #pendingBits = 0

  /** @param elements that come in all: bits behind them are no elements */
  constructor(table: CodeTable, elements: number) {
    this.#table = table
    this.#bits = Math.log2(table.size)
    this.#counts = new Float64Array(table.size)
    this.#elements = elements
    this.#left = elements
  }

  add(bytes: Uint8Array): void {
    const mask = this.#table.size - 1
    for (const byte of bytes) {
      this.#pending |= byte << this.#pendingBits
      this.#pendingBits += 8
      for (; this.#pendingBits >= this.#bits; this.#pendingBits -= this.#bits) {
        const code = this.#pending & mask
        this.#pending >>>= this.#bits
        if (this.#left-- > 0) this.#counts[code] = (this.#counts[code] as number) + 1
      }
    }
  }

  finish(): ValueState {
    const state = this.#table.state(this.#counts)
    this.#counts.fill(0)
    this.#left = this.#elements
    this.#pending = 0
    this.#pendingBits = 0
    return state
  }
}
