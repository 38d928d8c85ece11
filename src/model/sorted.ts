import { valuesBehind } from './entries.ts'
import { type Inspection, inspectionOf, withFields } from './inspection.ts'
import { naturalCompare } from './natural-order.ts'
import type { StateDictReport } from './report.ts'

/** `order` is the file's own; null the best there is: registration order where it is recorded, by name where not. */
export type Sorting = 'name' | 'order' | 'params' | 'bytes' | null

/** The state dict with its tensors in another order. Sorting is stable. */
export function sorted(stateDict: StateDictReport, by: Sorting): StateDictReport {
  const order = by ?? (stateDict.order === 'registration' ? 'order' : 'name')
  if (order === 'order') return stateDict
  const inspection = inspectionOf(stateDict)
  const compare = comparisons[order](inspection)
  if (isSorted(inspection.length, compare)) return stateDict
  // Most lists are nearly in order, which the sort of an array makes use of and that of a column does not.
  const rows = Array.from({ length: inspection.length }, (_, row) => row).sort(compare)
  const values = valuesBehind(stateDict)
  return withFields(stateDict, values.length === 0 ? {} : { values }, inspection.pick(Uint32Array.from(rows)))
}

type Comparison = (a: number, b: number) => number

const comparisons: Record<'name' | 'params' | 'bytes', (inspection: Inspection) => Comparison> = {
  name: ({ table }) => {
    const names = Array.from({ length: table.length }, (_, row) => table.name(row))
    return (a, b) => naturalCompare(names[a] as string, names[b] as string)
  },
  params:
    ({ table }) =>
    (a, b) =>
      table.elements(b) - table.elements(a),
  bytes:
    ({ table }) =>
    (a, b) =>
      (table.bytes(b) ?? -1) - (table.bytes(a) ?? -1),
}

function isSorted(length: number, compare: Comparison): boolean {
  for (let row = 1; row < length; row++) if (compare(row - 1, row) > 0) return false
  return true
}
