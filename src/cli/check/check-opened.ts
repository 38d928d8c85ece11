import { stat } from 'node:fs/promises'
import { openablePath } from '../../check/findings/openable-path.ts'
import type { Expectations } from '../../check/policy/expectations.ts'
import { type CheckedCheckpoint, type CheckOptions, checkCheckpoint } from '../../check/run.ts'
import { isSdinspectError } from '../../errors.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { inspectCheckpoint } from '../../inspect.ts'
import { defaultLimits } from '../../limits.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import { askedPath } from '../../model/origin.ts'
import type { Report } from '../../model/report.ts'
import { announced } from '../announced.ts'
import type { SaidByUser } from '../arguments/said.ts'
import { digestOf } from '../files/file-digests.ts'
import { type CheckLocks, locatedDrift } from '../files/located-drift.ts'
import { isFar } from '../library.ts'
import type { Agreement } from './agreement.ts'
import type { CheckCall } from './call.ts'

/** What the checks of one run share. */
export interface Surroundings {
  readonly call: CheckCall
  readonly agreement: Agreement
  /** By flags; what the policy says is in `agreement`. */
  readonly said: SaidByUser
  readonly locks: CheckLocks
}

/** Holds a model to the rules, the policy and its lock. */
export async function checkOpened(
  path: string,
  checkpoint: Checkpoint,
  { call, agreement, said, locks }: Surroundings,
  readsValues = true,
): Promise<CheckedCheckpoint> {
  try {
    const held = agreement.heldTo(agreement.namesOf(askedPath(path, checkpoint.origin), checkpoint.files))
    const report = inspectCheckpoint(checkpoint, {
      path,
      ...said,
      ...(held && { statementsFor: () => held.statements }),
      limits: call.options.limits,
    })
    const named = held?.lock ?? null
    const lock = await locks.lockFor(named === null ? null : agreement.pathOf(named.value))
    const stateDict = held?.expected.stateDict ?? null
    const drift = lock === null ? null : await locatedDrift(report, lock, stateDict, call)
    const levels = agreement.levelsOf(held)
    const seen = readsValues
      ? await seenIn(checkpoint, report, { call, levels, expected: held?.expected })
      : {}
    if (held === null) return checkCheckpoint(checkpoint, report, { levels, drift, ...seen })
    const { expected } = held
    const hashes = await pinnedDigests(report, expected)
    return checkCheckpoint(checkpoint, report, { ...seen, expected, levels, hashes, drift })
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return { path, report: null, error, findings: [], ran: [], skipped: [] }
  }
}

/** What rules ask of values: narrower types that hold them, or how far they spread. */
function extentFor(levels: ReadonlyMap<string, RuleLevel>): 'full' | 'basic' | 'range' {
  const isOn = (rule: string) => (levels.get(rule) ?? 'off') !== 'off'
  if (isOn('values/dtype-roundtrip')) return 'full'
  return isOn('values/outlier') ? 'basic' : 'range'
}

/** What is in the values, where they are to be read. */
async function seenIn(
  checkpoint: Checkpoint,
  report: Report,
  {
    call,
    levels,
    expected,
  }: {
    readonly call: CheckCall
    readonly levels: ReadonlyMap<string, RuleLevel>
    readonly expected: Expectations | undefined
  },
): Promise<Pick<CheckOptions, 'values' | 'base'>> {
  const { values, sample, base, workers, limits } = call.options
  const wanted = values || sample || base !== null || expected?.values === true
  if (!wanted || report.stateDicts.length === 0) return {}
  const { countsPlaces } = await import('../../check/structure/value-tensors.ts')
  if (isFar(report)) {
    const bytes = report.stateDicts.reduce((sum, { totals }) => sum + totals.stored.bytes, 0)
    await announced(call)({ path: report.path, bytes })
  }
  for await (const seen of call.library.readAgain(checkpoint, report, {
    pathOf: (name) => openablePath(report.path, name, report.files),
    isKept: countsPlaces,
    limits,
    base,
    stateDict: expected?.stateDict ?? null,
    extent: extentFor(levels),
    sampleBytes: sample ? (limits.sampleBytes ?? defaultLimits.sampleBytes) : null,
    workers,
    signal: call.signal,
  }))
    return seen
  return {}
}

/** Digests of the files that a policy pins. A name that is no file of the checkpoint is not looked for. */
async function pinnedDigests(report: Report, { hashes }: Expectations): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for (const { file } of hashes) {
    if (digests.has(file) || !report.files.some(({ name }) => name === file)) continue
    const path = openablePath(report.path, file, report.files)
    const found = await stat(path).catch(() => null)
    if (found?.isFile() === true) digests.set(file, (await digestOf(path)).sha256)
  }
  return digests
}
