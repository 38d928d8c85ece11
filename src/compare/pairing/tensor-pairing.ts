import { inspectionOf } from '../../model/inspection.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { chosenStateDict } from '../../model/select.ts'
import { pairedReports } from '../compare-reports.ts'
import type { Difference } from '../difference.ts'

/** Two state dicts, and which tensor of the first is which of the second. */
export interface TensorPairing {
  readonly difference: Difference
  /** Which of the state dicts of each checkpoint are compared. */
  readonly stateDicts: readonly [a: number, b: number]
  /** By tensor of the first: its partner in the second, and 1; 0 for none. */
  readonly partners: Uint32Array
}

/** How the first checkpoint became the second; null where one has nothing to compare. No I/O. */
export function tensorPairing(a: Report, b: Report): TensorPairing | null {
  const [one, other] = [mainOf(a), mainOf(b)]
  if (one === null || other === null) return null
  const { difference, pairing } = pairedReports(a, b)
  const partners = new Uint32Array(inspectionOf(one).length)
  for (let index = 0; index < partners.length; index++) partners[index] = pairing.partnerOfA(index) + 1
  return { difference, stateDicts: [a.stateDicts.indexOf(one), b.stateDicts.indexOf(other)], partners }
}

function mainOf({ stateDicts }: Report): StateDictReport | null {
  return chosenStateDict(stateDicts, null)
}
