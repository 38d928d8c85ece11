import type { TextPlace } from './finding.ts'

/** One difference between a checkpoint and its lock. */
export interface LockDrift {
  /** One line, no full stop. */
  readonly message: string
  readonly tensor?: string
  /** The line of the lock. */
  readonly at: TextPlace
}
