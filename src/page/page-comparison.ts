import { pairedReports } from '../compare/compare-reports.ts'
import { inspectionOf } from '../model/inspection.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import type { PageComparison } from '../render/html/page-content.ts'

/** How the first checkpoint became the second; null where one has nothing to compare. No I/O. */
export function pageComparison(a: Report, b: Report): PageComparison | null {
  const [one, other] = [mainOf(a), mainOf(b)]
  if (one === null || other === null) return null
  const { difference, pairs } = pairedReports(a, b)
  const names = new Map<string, number>()
  const { table } = inspectionOf(other)
  for (let index = 0; index < table.length; index++) names.set(table.name(index), index)
  const partnerOf = new Map(pairs)
  const partners = new Uint32Array(inspectionOf(one).length)
  for (let index = 0; index < partners.length; index++) {
    const partner = partnerOf.get(inspectionOf(one).table.name(index))
    if (partner !== undefined) partners[index] = (names.get(partner) ?? -1) + 1
  }
  return { difference, stateDicts: [a.stateDicts.indexOf(one), b.stateDicts.indexOf(other)], partners }
}

function mainOf({ stateDicts }: Report): StateDictReport | null {
  return chosenStateDict(stateDicts, null)
}
