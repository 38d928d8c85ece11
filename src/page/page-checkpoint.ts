import { checkCheckpoint } from '../check/run.ts'
import { evidenceOf } from '../explain.ts'
import { inspectCheckpoint } from '../inspect.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import { anyPattern } from '../model/pattern.ts'
import type { PageCheckpoint } from '../render/html/page-content.ts'
import { placesOf } from './places.ts'

export interface PageOptions {
  /** As the user gave it. */
  readonly path: string
  /** Patterns over names of tensors that the user knows to be frozen. */
  readonly frozen?: readonly string[]
  readonly limits?: Partial<Limits>
}

/** All that a page says of a checkpoint. No I/O. */
export function pageCheckpoint(
  checkpoint: Checkpoint,
  { path, frozen = [], limits = {} }: PageOptions,
): PageCheckpoint {
  const report = inspectCheckpoint(checkpoint, { path, frozen, limits })
  const { findings, error } = checkCheckpoint(checkpoint, report)
  const isFrozen = frozen.length === 0 ? null : anyPattern(frozen)
  return {
    report,
    findings,
    unchecked: error === null ? null : error.message,
    details: checkpoint.stateDicts.map((stateDict) => ({
      evidence: evidenceOf(checkpoint, stateDict, isFrozen),
      places: placesOf(stateDict.tensors),
    })),
  }
}
