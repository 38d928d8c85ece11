import type { FindingLevel } from '../../model/finding.ts'
import type { CheckFinding } from '../findings/check-finding.ts'
import { severityRank } from '../findings/check-finding.ts'

/** When a check fails. */
export interface Threshold {
  /** The least level that fails; `never`: none does. */
  readonly failOn: FindingLevel | 'never'
  /** More warnings than this fail too; null: any number is fine. */
  readonly maxWarnings: number | null
}

/**
 * The least level whose findings fail this check: more warnings than are allowed make them all fail. null: none does.
 */
export function failingLevel(
  findings: readonly CheckFinding[],
  { failOn, maxWarnings }: Threshold,
): FindingLevel | null {
  const warnings = findings.filter(
    ({ level, suppressed }) => suppressed === null && level === 'warning',
  ).length
  const least = failOn === 'never' ? null : failOn
  if (maxWarnings === null || warnings <= maxWarnings || least === 'info') return least
  return 'warning'
}

/** Whether the findings that count are more than the threshold allows. */
export function fails(findings: readonly CheckFinding[], { failOn, maxWarnings }: Threshold): boolean {
  const counting = findings.filter(({ suppressed }) => suppressed === null)
  if (failOn !== 'never' && counting.some(({ level }) => severityRank(level) <= severityRank(failOn)))
    return true
  return maxWarnings !== null && counting.filter(({ level }) => level === 'warning').length > maxWarnings
}
