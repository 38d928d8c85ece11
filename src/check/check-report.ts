import type { FindingLevel } from '../model/finding.ts'
import { chosenStateDict } from '../model/select.ts'
import { joinedCoverage } from '../model/values/coverage.ts'
import { version } from '../version.ts'
import { type CheckFinding, sortedFindings } from './findings/check-finding.ts'
import { failingLevel, fails, type Threshold } from './policy/threshold.ts'
import type { CheckedCheckpoint, SkippedRule } from './run.ts'

/** One checkpoint of a check, as reports show it. */
export interface CheckedSummary {
  readonly path: string
  /** Names under which the same files were given, or found, as well: links, for one. Absent where there are none. */
  readonly otherNames?: readonly string[]
  /** null when it could not be read. */
  readonly format: string | null
  readonly tensors: number
  /** Those of the model that `inspect` shows: weights that are packed count as what they stand for. */
  readonly parameters: number
  /** Some weights are packed by a layout that does not tell how many: there are more. */
  readonly parametersAreLeast?: true
  /** Of the tensors. */
  readonly bytes: number
  /** Why there is no verdict on it; null when there is one. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null
  /** Ids of the rules that were asked. */
  readonly rules: readonly string[]
  readonly skipped: readonly SkippedRule[]
}

/** What `check` answers: the shape of its JSON too, and all that any other report is made of. */
export interface CheckReport {
  readonly schemaVersion: 1
  readonly tool: { readonly name: 'sdinspect'; readonly version: string }
  readonly command: 'check'
  /** `fail`: a checkpoint is at fault. `error`: there is no verdict on one of them. */
  readonly status: 'pass' | 'fail' | 'error'
  /** The least level whose findings fail this check; null: none does, whatever its level. */
  readonly failing: FindingLevel | null
  /** The policy as it was found; null for none. */
  readonly policy: string | null
  readonly checkpoints: readonly CheckedSummary[]
  /** What is in the folders given besides the checkpoints, and what the policy leaves out. */
  readonly left: readonly LeftAlone[]
  /** Worst first. Suppressed ones are in it too, and say so. */
  readonly findings: readonly CheckFinding[]
  readonly summary: {
    readonly errors: number
    readonly warnings: number
    readonly infos: number
    readonly suppressed: number
    /** Rules that could not say anything, each once. */
    readonly skipped: number
    readonly coverage: Coverage
  }
}

/** A file or folder in what was given that is not read as a checkpoint, and need not be. */
export interface LeftAlone {
  readonly path: string
  /** One phrase, no full stop. */
  readonly why: string
}

/** What the verdict rests on. */
export interface Coverage {
  readonly checkpoints: number
  /** Checkpoints, and files that may be some, without a verdict. */
  readonly unreadable: number
  readonly tensors: number
  /** Of the tensors checked. */
  readonly bytes: number
  /** Rules that were asked of at least one checkpoint. */
  readonly rules: number
  /** The values of every checkpoint were read, all of them. */
  readonly valuesRead: boolean
  /** What of the values was read; absent where none was asked for. */
  readonly values?: {
    readonly tensors: number
    readonly tensorsRead: number
    readonly bytes: number
    readonly bytesRead: number
    /** Of large tensors only a sample was read. */
    readonly sampled?: true
  }
}

export interface Conclusion {
  readonly policy: string | null
  readonly threshold: Threshold
  readonly left?: readonly LeftAlone[]
}

/** All that a check found, in one answer. `more`: findings about the policy itself. */
export function checkReport(
  checked: readonly CheckedCheckpoint[],
  more: readonly CheckFinding[],
  { policy, threshold, left = [] }: Conclusion,
): CheckReport {
  const findings = sortedFindings([...checked.flatMap((one) => one.findings), ...more])
  const checkpoints = checked.map(summaryOf)
  const counted = (level: FindingLevel): number =>
    findings.filter((finding) => finding.level === level && finding.suppressed === null).length
  const unreadable = checkpoints.filter(({ error }) => error !== null).length
  return {
    schemaVersion: 1,
    tool: { name: 'sdinspect', version },
    command: 'check',
    status: unreadable > 0 ? 'error' : fails(findings, threshold) ? 'fail' : 'pass',
    failing: failingLevel(findings, threshold),
    policy,
    checkpoints,
    left,
    findings,
    summary: {
      errors: counted('error'),
      warnings: counted('warning'),
      infos: counted('info'),
      suppressed: findings.filter(({ suppressed }) => suppressed !== null).length,
      skipped: new Set(checked.flatMap(({ skipped }) => skipped.map(({ rule }) => rule))).size,
      coverage: {
        checkpoints: checkpoints.length,
        unreadable,
        tensors: sum(checkpoints.map(({ tensors }) => tensors)),
        bytes: sum(checkpoints.map(({ bytes }) => bytes)),
        rules: new Set(checked.flatMap(({ ran }) => ran)).size,
        ...valuesOf(checked),
      },
    },
  }
}

function valuesOf(checked: readonly CheckedCheckpoint[]): Pick<Coverage, 'valuesRead' | 'values'> {
  const read = checked.flatMap(({ values }) => values ?? [])
  if (read.length === 0) return { valuesRead: false }
  const { state, tensors, tensorsRead, bytes, bytesRead } = joinedCoverage(read)
  const isSample = checked.some((one) => one.isSample === true)
  return {
    valuesRead: read.length === checked.length && state === 'complete',
    values: { tensors, tensorsRead, bytes, bytesRead, ...(isSample && { sampled: true }) },
  }
}

function summaryOf({ path, otherNames, report, error, ran, skipped }: CheckedCheckpoint): CheckedSummary {
  const totals = report?.stateDicts.map((stateDict) => stateDict.totals) ?? []
  const main = chosenStateDict(report?.stateDicts ?? [], null)?.totals
  return {
    path,
    ...(otherNames && { otherNames }),
    format: report?.format ?? null,
    tensors: sum(totals.map(({ stored }) => stored.tensors)),
    parameters: main?.logicalParameters ?? 0,
    ...(main?.logicalIsLeast && { parametersAreLeast: true }),
    bytes: sum(totals.map(({ stored }) => stored.bytes)),
    error: error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null },
    rules: ran,
    skipped,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
