import { valuesBehind } from '../entries.ts'
import { type Inspection, inspectionOf, withFields } from '../inspection.ts'
import { rowsByName } from '../names/name-order.ts'
import type { StateDictReport } from '../report.ts'

/** `order` is the file's own; null the best there is: registration order where it is recorded, by name where not. */
export type Sorting = 'name' | 'order' | 'params' | 'bytes' | null

/** The state dict with its tensors in another order. Sorting is stable. */
export function sorted(stateDict: StateDictReport, by: Sorting): StateDictReport {
  const order = by ?? (stateDict.order === 'registration' ? 'order' : 'name')
  if (order === 'order') return stateDict
  const inspection = inspectionOf(stateDict)
  const rows =
    order === 'name' ? rowsByName(inspection.tree) : rowsBySize(comparisons[order](inspection), inspection)
  if (rows.every((row, index) => row === index)) return stateDict
  const values = valuesBehind(stateDict)
  return withFields(stateDict, values.length === 0 ? {} : { values }, inspection.pick(rows))
}

type Comparison = (a: number, b: number) => number

const comparisons: Record<'params' | 'bytes', (inspection: Inspection) => Comparison> = {
  params:
    ({ table }) =>
    (a, b) =>
      table.elements(b) - table.elements(a),
  bytes:
    ({ table }) =>
    (a, b) =>
      (table.bytes(b) ?? -1) - (table.bytes(a) ?? -1),
}

function rowsBySize(compare: Comparison, { length }: Inspection): Uint32Array {
  // Most lists are nearly in order, which the sort of an array makes use of and that of a column does not.
  return Uint32Array.from(Array.from({ length }, (_, row) => row).sort(compare))
}
