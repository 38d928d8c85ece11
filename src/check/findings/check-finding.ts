import type { FindingArgs, FindingLevel } from '../../model/finding.ts'

/** Why a finding does not count. */
export interface Suppressed {
  readonly by: 'policy' | 'baseline'
  readonly reason: string
}

/** One finding of a check, complete: every report and the exit code are made of these. */
export interface CheckFinding {
  readonly rule: string
  readonly level: FindingLevel
  readonly message: string
  /** The checkpoint as the user named it; of a finding about a policy, the policy. */
  readonly path: string
  /** A file that can be opened: of the checkpoint, or the text that was not fulfilled. null: `path` says it all. */
  readonly file: string | null
  /** Of `file`, from 1. */
  readonly line: number | null
  readonly column: number | null
  readonly tensor: string | null
  /** What stands in `file` where it is a text: a key, or a name. */
  readonly key: string | null
  /** What the message is made of. */
  readonly args: FindingArgs
  readonly fix: string | null
  /** The same for the same finding in every run, and for no other: its rule, what it is about and the facts that identify it. */
  readonly fingerprint: string
  readonly suppressed: Suppressed | null
}

/** From worst to least. */
const findingLevels: readonly FindingLevel[] = ['error', 'warning', 'info']

/** 0 for `error`: lower is worse. */
export function severityRank(level: FindingLevel): number {
  return findingLevels.indexOf(level)
}

/** Worst first, otherwise as they came. */
export function sortedFindings(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  return [...findings].sort((a, b) => severityRank(a.level) - severityRank(b.level))
}
