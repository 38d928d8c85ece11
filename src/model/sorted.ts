import { naturalCompare } from './natural-order.ts'
import type { StateDictReport, TensorReport } from './report.ts'

/** `order` is the file's own; null the best there is: registration order where it is recorded, by name where not. */
export type Sorting = 'name' | 'order' | 'params' | 'bytes' | null

/** The state dict with its tensors in another order. Sorting is stable. */
export function sorted(stateDict: StateDictReport, by: Sorting): StateDictReport {
  const order = by ?? (stateDict.order === 'registration' ? 'order' : 'name')
  if (order === 'order') return stateDict
  return { ...stateDict, tensors: [...stateDict.tensors].sort(comparisons[order]) }
}

const comparisons: Record<'name' | 'params' | 'bytes', (a: TensorReport, b: TensorReport) => number> = {
  name: (a, b) => naturalCompare(a.name, b.name),
  params: (a, b) => b.elements - a.elements,
  bytes: (a, b) => (b.bytes ?? -1) - (a.bytes ?? -1),
}
