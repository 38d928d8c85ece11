import { inspectionOf } from '../inspection.ts'
import type { StateDictReport } from '../report.ts'
import { partsOf, type RepresentationReport } from './representation.ts'
import { representationName } from './representation-text.ts'
import { elementsOf } from './tensor.ts'

/** How the tensors of a state dict are kept that are not dense, and whether the file holds all of them. */
export interface Kept {
  /** Tensors by the name of their representation, in order: `sparse COO`, `Int8Tensor`. */
  readonly names: ReadonlyMap<string, number>
  /** Of tensors of which the file holds the part of one process, and says how large the whole is. Tied ones once. */
  readonly parts: { readonly tensors: number; readonly elements: number; readonly held: number }
  /** Tensors that are a part of a whole that is not known. */
  readonly partsOfUnknown: number
}

export function keptIn(stateDict: StateDictReport): Kept {
  const { table } = inspectionOf(stateDict)
  const names = new Map<string, number>()
  const parts = { tensors: 0, elements: 0, held: 0 }
  let partsOfUnknown = 0
  for (const [row, kept] of table.columns.representations ?? []) {
    const representation = kept as RepresentationReport
    const name = representationName(representation)
    names.set(name, (names.get(name) ?? 0) + 1)
    if (representation.kind !== 'shard' || table.tie(row) !== null) continue
    if (representation.globalShape === undefined) partsOfUnknown++
    else {
      parts.tensors++
      parts.elements += table.elements(row)
      parts.held += partsOf(representation).reduce((sum, { shape }) => sum + elementsOf(shape), 0)
    }
  }
  return { names, parts, partsOfUnknown }
}
