import type { CheckReport } from '../check/check-report.ts'
import type { Difference } from '../compare/difference.ts'
import type { Rule } from '../findings/rules.ts'
import type { Drift } from '../lock/drift.ts'
import type { LockLevel } from '../lock/lock.ts'
import type { CheckpointFile } from '../model/checkpoint.ts'
import type { Explanation } from '../model/explanation.ts'
import type { Finding } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import type { StatisticsReport } from '../model/values/statistics.ts'
import type { Page } from './html/page.ts'

/** What commands come to, by name. `tree` and `ls` show the only state dict that was left in the report. */
export interface Results {
  readonly inspect: Report
  readonly tree: Report
  readonly ls: Report
  readonly why: Why
  readonly stats: StatisticsResult
  readonly statsPart: StatisticsPartResult
  readonly diff: Difference
  readonly lock: LockResult
  readonly check: CheckReport
  readonly explain: Explained
  readonly digest: DigestResult
  readonly digestCheck: DigestCheck
  readonly report: Page
}

/** What speaks about the tensors of one checkpoint that fit a pattern. */
export interface Why {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly stateDict: string
  readonly explanations: readonly Explanation[]
}

/** Statistics of values, and how the tensors are listed. */
export interface StatisticsResult extends StatisticsReport {
  /** The tensors one by one, in their order, in place of modules. */
  readonly listed: boolean
}

/**
 * What one of several parts of the work of `stats` comes to, for `merge`. What it holds besides this is the business of
 * the library.
 */
export interface StatisticsPartResult {
  readonly part: { readonly index: number; readonly of: number }
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly stateDict: string
}

/** What became of each checkpoint that was to be locked. */
export interface LockResult {
  readonly lockFile: string
  readonly outcomes: readonly LockOutcome[]
}

/** What became of a checkpoint that was to be locked, or compared with its lock. */
export interface LockOutcome {
  /** As the lock names it. */
  readonly path: string
  readonly stateDict: string
  readonly level: LockLevel
  readonly tensors: number
  /** `as locked`: nothing drifted. `not locked`: the lock has no such checkpoint. */
  readonly state: 'as locked' | 'drifted' | 'not locked' | 'written' | 'unchanged'
  /** What is not as the lock said, before it was written where it was. */
  readonly drift: readonly Drift[]
}

/** What the values of one state dict come to. */
export interface DigestResult {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly stateDict: string
  /** Over names and contents. */
  readonly digest: string
  /** Over distinct contents, without names. */
  readonly contents: string
  /** Of each tensor, without its name; by name. */
  readonly tensors: ReadonlyMap<string, string>
}

/** What became of a digest that was written down. */
export interface DigestCheck {
  readonly path: string
  /** `same contents`: the digest written down is of contents without names. */
  readonly state: 'same' | 'same contents' | 'different'
}

/** Rules: the one asked for, or all. */
export type Explained = { readonly rule: Rule } | { readonly rules: readonly Rule[] }
