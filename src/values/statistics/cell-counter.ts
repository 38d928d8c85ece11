import { cellsOfSign } from './sketch.ts'
import type { SparseCounts } from './sparse-counts.ts'

/** Counts of sketch cells while they grow: a dense table of which only what was used is looked at again. */
export class CellCounter {
  // Cell 0 is in the middle.
  readonly #counts = new Float64Array(2 * cellsOfSign)
  #least = cellsOfSign
  #most = -cellsOfSign

  add(cell: number): void {
    const at = cell + cellsOfSign
    this.#counts[at] = (this.#counts[at] as number) + 1
    if (cell < this.#least) this.#least = cell
    if (cell > this.#most) this.#most = cell
  }

  /** What was counted; the counter is then as new. */
  take(): SparseCounts {
    const keys: number[] = []
    const counts: number[] = []
    for (let cell = this.#least; cell <= this.#most; cell++) {
      const count = this.#counts[cell + cellsOfSign] as number
      if (count === 0) continue
      keys.push(cell)
      counts.push(count)
    }
    if (this.#least <= this.#most)
      this.#counts.fill(0, this.#least + cellsOfSign, this.#most + cellsOfSign + 1)
    this.#least = cellsOfSign
    this.#most = -cellsOfSign
    return { keys: Int32Array.from(keys), counts: Float64Array.from(counts) }
  }
}
