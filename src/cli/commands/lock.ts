import { SdinspectError } from '../../errors.ts'
import type { Lock, LockedCheckpoint } from '../../lock/lock.ts'
import { askedPath } from '../../model/origin.ts'
import type { Report } from '../../model/report.ts'
import { viewsOf } from '../../render/renderers.ts'
import type { LockOutcome } from '../../render/results.ts'
import { answering, looking, reading } from '../arguments/flags.ts'
import { type SaidByUser, type SaidFlag, saidBy } from '../arguments/said.ts'
import { isCi } from '../ci.ts'
import { type Call, command } from '../command.ts'
import type { LockFile } from '../files/lock-file.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOfError, worse } from '../output/exit-code.ts'
import { filesOf, showOne } from '../output/show.ts'

type LockCall = Call<'at' | 'config' | SaidFlag | 'limits' | 'lockLevel' | 'yes' | 'workers'>

export const lock = command({
  name: 'lock',
  summary: 'write down the layout, or compare with what was written',
  operands: [
    { name: '[path...]', help: 'files, folders, indexes, globs in quotes; without any, all that are locked' },
  ],
  flags: [
    ...answering,
    'lockFile',
    'lockLevel',
    'compareOnly',
    'update',
    'yes',
    'workers',
    'at',
    'fold',
    'all',
    ...reading,
    ...looking,
  ],
  views: viewsOf('lock'),
  examples: [
    ['models/base.safetensors', 'write or update sdinspect.lock'],
    ['--check', 'in CI: 1 when something is not as locked'],
    ['models/release --level exact', 'the bytes of the files too, and the values of each tensor'],
    ['model.safetensors --level values', 'the values, whatever files and format they are in'],
  ],
  async run(call) {
    const { options, operands, io, talk, output } = call
    const { openLockFile } = await import('../files/lock-file.ts')
    const file = await openLockFile(options.lockFile, options.limits)
    const paths = operands.length > 0 ? operands : lockedPaths(file)
    const writes = !options.compareOnly && (options.update || !isCi(io.env))
    if (!writes && file.lock === null)
      throw new SdinspectError('usage/lock', 'there is no lock file', {
        file: options.lockFile,
        hint: 'sdinspect lock <path> writes one, outside CI or with --update',
      })
    if (paths.length === 0)
      throw new SdinspectError('usage/arguments', 'no path to lock was given', {
        hint: 'sdinspect lock <path> writes a lock of what is there',
      })
    const view = await call.view()
    const run = new LockRun(call, file, writes)
    for (const path of paths) await run.read(path)
    if (writes && run.exitCode === 0) await file.write(run.locked, run.inputs, call)
    if (!writes && !options.compareOnly && !options.quiet)
      await talk.note('CI is set, so the lock was compared and not written; --update writes it')
    await showOne(output, view, { lockFile: options.lockFile, outcomes: run.outcomes })
    return run.exitCode
  },
})

/** One run over the paths: what was found of each, and the lock as it should be. */
class LockRun {
  exitCode: ExitCode = 0
  readonly outcomes: LockOutcome[] = []
  readonly locked: LockedCheckpoint[] = []
  /** Every file that was read, which the lock must not replace. */
  readonly inputs: string[] = []
  readonly #call: LockCall
  readonly #file: LockFile
  readonly #writes: boolean
  #said: SaidByUser | undefined

  constructor(call: LockCall, file: LockFile, writes: boolean) {
    this.#call = call
    this.#file = file
    this.#writes = writes
  }

  async read(path: string): Promise<void> {
    const { library, options, talk } = this.#call
    const { limits } = options
    this.#said ??= await saidBy(this.#call)
    for await (const outcome of library.inspectPaths([path], { limits, ...this.#said, remote: 'hub' })) {
      try {
        if ('error' in outcome) throw outcome.error
        await this.#compare(outcome.report)
      } catch (error) {
        this.exitCode = worse(this.exitCode, exitCodeOfError(error))
        await talk.error(error, outcome.path)
      }
    }
  }

  async #compare(report: Report): Promise<void> {
    const [{ lockCheckpoint }, { driftOf }] = await Promise.all([
      import('../../lock/lock-checkpoint.ts'),
      import('../../lock/drift.ts'),
    ])
    const { options, output } = this.#call
    const inputs = filesOf(report)
    await output.madeFrom?.(inputs)
    for (const input of inputs) this.inputs.push(input)
    const path = this.#file.pathOf(askedPath(report.path, report.origin))
    const known = this.#file.checkpointsAt(path, options.at)
    const digests = async (level: string) =>
      level === 'exact' ? (await import('../files/file-digests.ts')).fileDigests(report, this.#call) : []
    const { digestsToCompare, digestsToLock } = await import('../files/value-digests.ts')
    if (known.length === 0) {
      const level = options.lockLevel ?? 'layout'
      const values = await digestsToLock(this.#call, report, { level, at: options.at })
      const files = await digests(level)
      const fresh = lockCheckpoint(report, {
        path,
        at: options.at,
        level,
        files,
        ...(values && { digests: values }),
      })
      this.#tell(fresh, this.#writes ? 'written' : 'not locked', [])
      return
    }
    for (const locked of known) {
      const level = options.lockLevel ?? locked.level
      const files = await digests(this.#writes ? level : locked.level)
      const at = locked.stateDict === '' ? null : locked.stateDict
      const compared = await digestsToCompare(this.#call, report, locked)
      const drift = driftOf(locked, report, files, compared)
      if (!this.#writes) {
        this.#tell(locked, drift.length === 0 ? 'as locked' : 'drifted', drift)
        continue
      }
      const values = compared ?? (await digestsToLock(this.#call, report, { level, at }))
      const fresh = lockCheckpoint(report, { path, at, level, files, ...(values && { digests: values }) })
      this.#tell(fresh, this.#file.isSame(locked, fresh) ? 'unchanged' : 'written', drift)
    }
  }

  #tell(locked: LockedCheckpoint, state: LockOutcome['state'], drift: LockOutcome['drift']): void {
    const { path, stateDict, level, tensors } = locked
    this.locked.push(locked)
    this.outcomes.push({ path, stateDict, level, tensors: tensors.length, state, drift })
    if (state === 'drifted' || state === 'not locked') this.exitCode = worse(this.exitCode, 1)
  }
}

function lockedPaths(file: { readonly lock: Lock | null; place(path: string): string }): string[] {
  return [...new Set((file.lock?.checkpoints ?? []).map(({ path }) => file.place(path)))]
}
