import type { LocatedDrift } from '../../check/check-subject.ts'
import { SdinspectError } from '../../errors.ts'
import { driftOf } from '../../lock/drift.ts'
import { askedPath } from '../../model/origin.ts'
import type { Report } from '../../model/report.ts'
import type { Call, Library, OptionsOf } from '../command.ts'
import { defaultLockFile } from './default-lock-file.ts'
import { fileDigests } from './file-digests.ts'
import { type LockFile, openLockFile } from './lock-file.ts'
import { digestsToCompare } from './value-digests.ts'

/** The lock a check compares with. */
export interface CheckLock {
  readonly path: string
  readonly file: LockFile
  /** A policy or the command names it: what is not in it has drifted too. */
  readonly isAsked: boolean
}

/** The locks of one run: each is read once, however many checkpoints are compared with it. */
export class CheckLocks {
  readonly #options: OptionsOf<'lockFile' | 'limits'>
  readonly #opened = new Map<string, Promise<LockFile>>()

  constructor({ options }: Pick<Call<'lockFile' | 'limits'>, 'options'>) {
    this.#options = options
  }

  /** The locks that were read. */
  get paths(): readonly string[] {
    return [...this.#opened.keys()]
  }

  /**
   * The lock that a policy or the command names, or the one of the current folder when there is one.
   *
   * @throws SdinspectError `usage/lock`
   */
  async lockFor(asked: string | null): Promise<CheckLock | null> {
    const path = asked ?? this.#options.lockFile
    // Who names a lock asks for it; the one of the current folder is used when it is there.
    const isAsked = asked !== null || path !== defaultLockFile
    const opened = this.#opened.get(path) ?? openLockFile(path, this.#options.limits)
    this.#opened.set(path, opened)
    const file = await opened
    if (file.lock === null) {
      if (!isAsked) return null
      throw new SdinspectError('usage/lock', 'there is no such lock file', {
        file: path,
        hint: 'write it from a checkpoint that is as it should be: sdinspect lock PATH --lock-file FILE',
      })
    }
    return { path, file, isAsked }
  }
}

/** In what a checkpoint is not as its lock says; null when the lock says nothing of it. */
export async function locatedDrift(
  report: Report,
  { path, file, isAsked }: CheckLock,
  stateDict: string | null,
  call: Pick<Call<'limits' | 'workers'>, 'options' | 'talk'> & {
    readonly library: Pick<Library, 'digestPaths' | 'fileDigests'>
  },
): Promise<readonly LocatedDrift[] | null> {
  const known = file.checkpointsAt(file.pathOf(askedPath(report.path, report.origin)), stateDict)
  if (known.length === 0)
    return isAsked ? [{ args: { what: 'checkpoint' }, at: { file: path, line: 1 } }] : null
  const found: LocatedDrift[] = []
  for (const locked of known) {
    // Nobody asked check to fetch values, so that many are refused.
    const asked = { ...call, options: { ...call.options, yes: false } }
    const digests = locked.level === 'exact' ? await fileDigests(report, asked) : []
    const values = await digestsToCompare(asked, report, locked)
    for (const { args, tensor, line } of driftOf(locked, report, digests, values))
      found.push({ args, tensor, at: { file: path, line: Math.max(1, line) } })
  }
  return found
}
