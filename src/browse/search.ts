import type { Inspection } from '../model/inspection.ts'
import { compilePattern, isName, type Matcher } from '../model/names/pattern.ts'

/** What one step looks at: so many names, or names of so many characters or steps of the matching machine. */
const namesPerStep = 4_000
const costPerStep = 150_000

/**
 * A search through the names of all tensors, in steps short enough to read keys in between.
 *
 * What is looked for is found anywhere in a name: a pattern as `--keep` takes it, or, where it has none of its signs, a text in upper
 * or lower case.
 */
export class Search {
  readonly query: string
  /** By tensor: 1 where its name fits. */
  readonly hits: Uint8Array
  /** By module: tensors in it and below it whose names fit. */
  readonly under: Uint32Array
  /** Tensors whose names fit. */
  found = 0
  readonly #inspection: Inspection
  readonly #fits: Matcher
  #looked = 0
  #cost = 0

  /** @throws SdinspectError `usage/pattern` */
  constructor(inspection: Inspection, query: string) {
    this.query = query
    this.#inspection = inspection
    this.hits = new Uint8Array(inspection.length)
    this.under = new Uint32Array(inspection.tree.size)
    if (!isName(query)) this.#fits = compilePattern(`**${query}**`, () => this.#cost++)
    else {
      const wanted = query.toLowerCase()
      this.#fits = (name) => {
        this.#cost += name.length
        return name.toLowerCase().includes(wanted)
      }
    }
  }

  get isDone(): boolean {
    return this.#looked === this.hits.length
  }

  /** The part of the names that was looked at: 0 to 1. */
  get share(): number {
    return this.hits.length === 0 ? 1 : this.#looked / this.hits.length
  }

  /** Looks at some more names. */
  step(): void {
    const { table, tree } = this.#inspection
    const end = Math.min(this.hits.length, this.#looked + namesPerStep)
    this.#cost = 0
    while (this.#looked < end && this.#cost < costPerStep) {
      const index = this.#looked++
      if (!this.#fits(table.name(index))) continue
      this.hits[index] = 1
      this.found++
      let module = tree.owners[index] as number
      for (;;) {
        this.under[module] = (this.under[module] as number) + 1
        if (module === 0) break
        module = tree.parents[module] as number
      }
    }
  }
}
