import type { CheckFinding } from '../../check/findings/check-finding.ts'
import type { TensorPairing } from '../../compare/pairing/tensor-pairing.ts'
import type { ExplainedClaim } from '../../model/explanation.ts'
import type { Report } from '../../model/report.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { StatisticsOfPage } from './page-statistics.ts'

/** What one page shows. It is the same where the page is made and, read back, where it is shown. */
export interface PageContent {
  readonly checkpoints: readonly PageCheckpoint[]
  /** Paths that could not be read, and why. */
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  /** Of exactly two checkpoints: how the first became the second. */
  readonly comparison: TensorPairing | null
}

/** A checkpoint with all that a page says of it. */
export interface PageCheckpoint {
  readonly report: Report
  /** What `check` finds without a policy, worst first. */
  readonly findings: readonly CheckFinding[]
  /** Why there is no verdict of `check`, or null. */
  readonly unchecked: string | null
  /** By state dict of the report. */
  readonly details: readonly StateDictDetails[]
}

/** What a page says of the tensors of a state dict beyond its report. */
export interface StateDictDetails {
  readonly evidence: PageEvidence
  readonly places: Places
  /** What the values come to, where they were read. */
  readonly statistics?: StatisticsOfPage | undefined
}

/** Both answers about a tensor and all claims, as `why` shows them. */
export interface PageStory extends Verdict {
  readonly claims: readonly ExplainedClaim[]
}

export interface PageEvidence {
  /** By tensor: the number of its story. */
  readonly ids: Uint32Array
  readonly stories: readonly PageStory[]
}

/** Where the values of tensors are, in columns. */
export interface Places {
  readonly files: readonly string[]
  /** By tensor: its file, and 1; 0 where it has no values in a file. */
  readonly file: Uint32Array
  /** In bytes, absolute in the file. */
  readonly offset: Float64Array
  /** In bytes, in the file. */
  readonly length: Float64Array
  readonly notes: readonly string[]
  /** By tensor: what else is to be known of its place, and 1; 0 for nothing. */
  readonly note: Uint32Array
}
