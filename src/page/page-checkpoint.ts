import { checkCheckpoint } from '../check/run.ts'
import { evidenceOf } from '../explain.ts'
import { type ClassifyOptions, inspectCheckpoint } from '../inspect.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { PageCheckpoint } from '../render/html/page-content.ts'
import { placesOf } from './places.ts'

export interface PageOptions extends ClassifyOptions {
  /** As the user gave it. */
  readonly path: string
}

/** All that a page says of a checkpoint. No I/O. */
export function pageCheckpoint(checkpoint: Checkpoint, options: PageOptions): PageCheckpoint {
  const report = inspectCheckpoint(checkpoint, options)
  const { findings, error } = checkCheckpoint(checkpoint, report)
  const { path, statementsFor, ...said } = options
  const statements = statementsFor?.({ path, files: checkpoint.files })
  return {
    report,
    findings,
    unchecked: error === null ? null : error.message,
    details: checkpoint.stateDicts.map((stateDict) => ({
      evidence: evidenceOf(checkpoint, stateDict, { ...said, statements }),
      places: placesOf(stateDict.tensors),
    })),
  }
}
