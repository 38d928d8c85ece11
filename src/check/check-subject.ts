import type { DriftFacts } from '../lock/drift-text.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { TextPlace } from '../model/finding.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import type { BaseComparison, ValueReading } from '../model/values/value-reading.ts'
import type { Expectations } from './policy/expectations.ts'
import type { ReadTensor } from './structure/value-tensors.ts'

/** One thing that is not as the lock says, and the line of the lock that says so. */
export interface LocatedDrift {
  readonly args: DriftFacts
  readonly tensor?: string | undefined
  readonly at: TextPlace
}

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
  readonly drift: readonly LocatedDrift[] | null
  /** What was seen in the values; null where they were not read. */
  readonly values: ValueReading | null
  /** The tensors whose values were read, with what was seen in each. */
  readonly readTensors: readonly ReadTensor[]
  /** How the values are beside those of the checkpoint that this one was trained from; null where none was named. */
  readonly base: BaseComparison | null
}
