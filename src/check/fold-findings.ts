import { foldedList, foldedNames } from '../model/folded-names.ts'
import { withCausesFirst } from './causes.ts'
import type { CheckFinding } from './check-finding.ts'
import type { CheckReport } from './check-report.ts'

/**
 * The report as a person reads it: what is said of many tensors in the same words is said once, with their names
 * folded, and a cause is said before and instead of what follows from it. The counts stay.
 */
export function withFoldedFindings(report: CheckReport): CheckReport {
  const groups = new Map<string, CheckFinding[]>()
  for (const finding of withCausesFirst(report.findings)) {
    const { rule, level, path, file, line, column, message, suppressed } = finding
    const key = JSON.stringify([rule, level, path, file, line, column, message, suppressed])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return { ...report, findings: [...groups.values()].map(folded) }
}

function folded(group: readonly CheckFinding[]): CheckFinding {
  const [first] = group as readonly [CheckFinding]
  const names = group.flatMap(({ tensor }) => (tensor === null ? [] : [tensor]))
  if (names.length < 2) return first
  const tensor = foldedNames(names)[0]?.name ?? null
  return { ...first, tensor, message: `${names.length} tensors, ${foldedList(names)}: ${first.message}` }
}
