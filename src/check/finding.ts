export type FindingLevel = 'error' | 'warning' | 'info'
/** What a policy may say of a rule. */
export type RuleLevel = FindingLevel | 'off'

/** A place in a text file that a person can open: a policy, an index, a lock. */
export interface TextPlace {
  /** As the user named it, or below a path the user named. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column?: number
}

/** What a rule yields. */
export interface Found {
  /** One line, no full stop. May quote the file. */
  readonly message: string
  /** Where it is not the rule's own. */
  readonly level?: FindingLevel
  readonly tensor?: string
  /** A file of the checkpoint, relative to it. */
  readonly file?: string
  /** The text that was not fulfilled. */
  readonly at?: TextPlace
  /** What to do, one sentence without a full stop; the rule's own when absent. */
  readonly fix?: string
}

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
  readonly fix: string | null
  /** The same for the same finding in every run: what it is about, and none of the numbers in its message. */
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
