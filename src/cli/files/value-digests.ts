import { SdinspectError } from '../../errors.ts'
import { holdsToValues, type LockedCheckpoint, type LockLevel } from '../../lock/lock.ts'
import { askedPath } from '../../model/origin.ts'
import type { Report } from '../../model/report.ts'
import { announced } from '../announced.ts'
import type { Call, Library } from '../command.ts'

interface DigestsCall extends Pick<Call<'yes' | 'limits' | 'workers'>, 'options' | 'talk'> {
  readonly library: Pick<Library, 'digestPaths'>
}

/**
 * The digest of each tensor of a checkpoint that was read before, by name: its values are read now.
 *
 * @param at path of the state dict; null for the model
 * @throws SdinspectError `usage/no-values` when a tensor has none, `source/changed` when the checkpoint is gone, and what
 *   reading throws
 */
async function valueDigests(
  call: DigestsCall,
  report: Report,
  at: string | null,
): Promise<ReadonlyMap<string, string>> {
  const { library, options } = call
  const asked = askedPath(report.path, report.origin)
  for await (const outcome of library.digestPaths([asked], {
    limits: options.limits,
    at,
    workers: options.workers,
    beforeValues: announced(call),
  })) {
    if ('error' in outcome) throw outcome.error
    if (outcome.path === report.path || outcome.path === asked) return outcome.report.tensors
  }
  throw new SdinspectError('source/changed', 'the checkpoint is no longer there', { file: report.path })
}

/**
 * The digests that a lock of a level holds: none for one that does not hold to values. `exact` has those of files
 * too, so that what has no values of its own is held to all the same.
 */
export async function digestsToLock(
  call: DigestsCall,
  report: Report,
  { level, at }: { readonly level: LockLevel; readonly at: string | null },
): Promise<ReadonlyMap<string, string> | undefined> {
  if (!holdsToValues(level)) return undefined
  try {
    return await valueDigests(call, report, at)
  } catch (error) {
    if (level === 'exact' && error instanceof SdinspectError && error.code === 'usage/no-values')
      return new Map()
    throw error
  }
}

/** The digests to compare with those of a lock; where it has none, nothing is read. */
export async function digestsToCompare(
  call: DigestsCall,
  report: Report,
  locked: LockedCheckpoint,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { hasDigests } = await import('../../lock/drift.ts')
  if (!hasDigests(locked)) return undefined
  const at = locked.stateDict === '' ? null : locked.stateDict
  return digestsToLock(call, report, { level: locked.level, at })
}
