import { type Inspection, inspectionOf } from '../model/inspection.ts'
import type { StateDictReport, TensorReport } from '../model/report.ts'

/** The tensors of one of two state dicts. Most are only counted: names and tensors are made when they are asked for. */
export class ComparedTensors {
  readonly inspection: Inspection
  readonly length: number
  readonly #names: (string | undefined)[] = []
  #isSorted: boolean | undefined

  constructor(entries: Pick<StateDictReport, 'tensors'>) {
    this.inspection = inspectionOf(entries)
    this.length = this.inspection.length
  }

  /** The name of a tensor; empty where there is no such tensor. */
  name(index: number): string {
    let name = this.#names[index]
    if (name === undefined) {
      if (index < 0 || index >= this.length) return ''
      name = this.inspection.table.name(index)
      this.#names[index] = name
    }
    return name
  }

  /** The shape of a tensor; empty where there is no such tensor. */
  shape(index: number): readonly number[] {
    return this.inspection.table.shape(index) ?? []
  }

  elements(index: number): number {
    return this.inspection.table.elements(index)
  }

  /** The tensor as the report has it; undefined where there is no such tensor. */
  at(index: number): TensorReport | undefined {
    return index < 0 || index >= this.length ? undefined : this.inspection.tensor(index)
  }

  /** Whether the names stand in the order of the alphabet. */
  get isSorted(): boolean {
    this.#isSorted ??= this.#findSorted()
    return this.#isSorted
  }

  #findSorted(): boolean {
    for (let index = 1; index < this.length; index++)
      if (!(this.name(index - 1) < this.name(index))) return false
    return true
  }
}
