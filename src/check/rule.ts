import type { Checkpoint } from '../model/checkpoint.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import type { Expectations } from './expectations.ts'
import type { Found, RuleLevel } from './finding.ts'
import type { LockDrift } from './lock-drift.ts'

/** What a rule looks at: one checkpoint as it was read, and what is expected of it. */
export interface CheckSubject {
  /** As the user named it. */
  readonly path: string
  readonly checkpoint: Checkpoint
  readonly report: Report
  /** The state dict that is checked: the one the policy names, else the model; null when there is none. */
  readonly stateDict: StateDictReport | null
  /** Whether all of the checkpoint is there: no shard is missing, broken or read alone. */
  readonly isWhole: boolean
  /** What the policy says of this checkpoint; nothing is expected where there is none. */
  readonly expected: Expectations
  /** SHA-256 in hexadecimal, by the file's name relative to the checkpoint: of the files the policy pins. */
  readonly hashes: ReadonlyMap<string, string>
  /** Where the checkpoint differs from its lock; null when there is no lock for it. */
  readonly drift: readonly LockDrift[] | null
}

/** One rule. Register it in `rules/index.ts`. Its text is what `explain`, the docs and SARIF show. */
export interface Rule {
  /** `area/name`, stable for ever. */
  readonly id: string
  /** Unless a policy or a finding says otherwise. */
  readonly level: RuleLevel
  /** What is true of a checkpoint without this finding. */
  readonly claim: string
  readonly why: string
  /** Something that happened. */
  readonly case: string
  readonly fix: string
  /** `values`: it reads the values of tensors. `policy`: it has something to say where a policy asks for it. */
  readonly needs?: 'values' | 'policy'
  /** Absent where the finding is made while the checkpoint is read, and where values are needed. */
  check?(subject: CheckSubject): Iterable<Found>
}
