import type { Files } from './files.ts'

/** Something that happens to checkpoints. */
export interface Damage {
  /** What happened, as the table says it. */
  readonly what: string
  /** The good checkpoint, in `fixtures/`. */
  readonly from: string
  /** The rule that is meant for it. */
  readonly rule: string
  /** What the finding has to name: a tensor, a file, a key. */
  readonly names: string
  /** A policy is learnt from the good one with `sdinspect init`, and the damaged one held to it. */
  readonly learnt?: true
  /** What the policy says, in place of one that is learnt. */
  readonly policy?: string
  /** A lock is written of the good one, and the damaged one held to it. */
  readonly locked?: true
  /** The values are read. */
  readonly values?: true
  /** Files of `fixtures/` that belong to the good checkpoint, a file too. */
  readonly beside?: readonly string[]
  /** What the damaged file is called, where that is the damage. */
  readonly as?: string
  apply(files: Files): void
}
