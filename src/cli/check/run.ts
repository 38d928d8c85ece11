import { type CheckReport, checkReport } from '../../check/check-report.ts'
import { checkedOnce, isSaidBy, type NamedCheck, sameFiles } from '../../check/checked-once.ts'
import { Baseline } from '../../check/findings/baseline.ts'
import { type CheckFinding, sortedFindings } from '../../check/findings/check-finding.ts'
import { withoutPinnedElsewhere } from '../../check/policy/pinned-elsewhere.ts'
import { type CheckedCheckpoint, checkFailure, laterFindings, settled } from '../../check/run.ts'
import { secondSaves } from '../../check/structure/second-saves.ts'
import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import { askedPath } from '../../model/origin.ts'
import type { Opened } from '../../node.ts'
import { isGlob } from '../../source/glob.ts'
import { saidBy } from '../arguments/said.ts'
import { locateFindings } from '../files/locate-findings.ts'
import { CheckLocks } from '../files/located-drift.ts'
import { readBaseline } from '../files/read-baseline.ts'
import { type RealFiles, realFiles } from '../files/real-files.ts'
import { isSideFile, refusedFiles } from '../output/protected-files.ts'
import { filesOf } from '../output/show.ts'
import { Agreement } from './agreement.ts'
import type { CheckCall, CheckCallOptions } from './call.ts'
import { checkOpened, type Surroundings } from './check-opened.ts'
import { checkSafety, mayHoldTensors } from './check-safety.ts'
import { LeftAlonePlaces } from './left-alone.ts'

/** A report, and the files it was made from, which no report may be written over. */
export interface CheckRun {
  readonly report: CheckReport
  readonly inputs: readonly string[]
}

/**
 * Checks what a call asks for.
 *
 * @param today the current day, as `2027-06-30`: suppressions expire
 * @throws SdinspectError `usage/*` for a policy, a baseline or a call that makes no sense
 */
export async function runCheck(call: CheckCall, today: string): Promise<CheckRun> {
  const { options } = call
  refuseContradictions(options)
  const agreement = await Agreement.of(options, today)
  const baseline = options.baseline === null ? null : new Baseline(await readBaseline(options.baseline))
  const paths = agreement.pathsFor(call.operands, options.allowEmpty)
  const { config: _, ...flags } = options
  const said = await saidBy({ library: call.library, options: flags })
  const surroundings = { call, agreement, said, locks: new CheckLocks(call) }
  const left = new LeftAlonePlaces()
  const checks: NamedCheck[] = []
  for await (const check of checksOf(paths, surroundings, left)) {
    const { error, path } = check.checked
    if (error !== null && call.isToldBelow !== true) await call.talk.error(error, path)
    checks.push(check)
  }
  const judged = withSecondSaves(checks, agreement, (findings) => baseline?.apply(findings) ?? findings)
  if (baseline !== null && baseline.gone > 0)
    await call.talk.note(
      `${baseline.gone} findings of the baseline are gone: write it again with check --json`,
    )
  const filesRead = new Set(
    checks.flatMap(({ checked: { report } }) => (report === null ? [] : filesOf(report))),
  )
  const report = checkReport(withoutPinnedElsewhere(judged), agreement.ownFindings(), {
    policy: agreement.shownFile,
    threshold: { failOn: options.failOn, maxWarnings: options.maxWarnings },
    left: left.without(filesRead),
  })
  const inputs = [
    ...filesRead,
    ...(await refusedFiles(checks.map(({ checked }) => checked))),
    ...left.paths.filter(isSideFile),
    ...agreement.files,
    ...(options.baseline === null ? [] : [options.baseline]),
    ...surroundings.locks.paths,
  ]
  return { report, inputs }
}

function refuseContradictions({ sample, values, base }: CheckCallOptions): void {
  if (sample && (values || base !== null))
    throw new SdinspectError(
      'usage/arguments',
      `--sample reads a part of the values, and ${values ? '--values' : '--base'} all of them`,
    )
}

/** Every checkpoint that the paths lead to, checked by itself, then what was passed over. */
async function* checksOf(
  paths: readonly string[],
  surroundings: Surroundings,
  left: LeftAlonePlaces,
): AsyncGenerator<NamedCheck> {
  const {
    call: { options, library },
    agreement,
  } = surroundings
  /** Checks that read values, by the files they are of. */
  const earlier = new Map<string, NamedCheck>()
  for await (const opened of library.openPaths(paths, {
    limits: options.limits,
    keepHeaders: options.keepHeaders,
    verify: true,
    smallValues: agreement.smallValues,
    onLeft: left.add,
    recurse: options.recurse,
    leaveOut: (path) => agreement.leavesOut(path),
  })) {
    const { path } = opened
    if ('checkpoint' in opened)
      yield isOnlyOfSafety(opened)
        ? await named(checkSafety(path, opened.checkpoint, agreement.levelsFor([path])), agreement)
        : await checkModel(opened, surroundings, earlier)
    else if (!options.allowEmpty || !isNothing(path, opened.error))
      yield await named(checkFailure(path, opened.error, agreement.levelsFor([path])), agreement)
  }
  for (const checked of left.passedOver)
    yield { checked, isModel: true, terms: '', ...(await realFiles(checked)) }
}

/** Whether a file is asked for nothing but what loading it would run: it is no weights of the model. */
function isOnlyOfSafety({
  isBeside,
  isByBytes,
  checkpoint,
}: Extract<Opened, { checkpoint: Checkpoint }>): boolean {
  return isBeside === true || (isByBytes === true && !mayHoldTensors(checkpoint))
}

/** Whether a pattern or a folder holds nothing to check. A file that was named and is not there is another thing. */
function isNothing(path: string, error: unknown): boolean {
  if (isSdinspectError(error, 'source/no-checkpoint')) return true
  return isGlob(path) && isSdinspectError(error, 'source/not-found')
}

/** Values of the same files are read once, where nothing else is to be said of them under this name. */
async function checkModel(
  { path, checkpoint }: Extract<Opened, { checkpoint: Checkpoint }>,
  surroundings: Surroundings,
  earlier: Map<string, NamedCheck>,
): Promise<NamedCheck> {
  const { agreement } = surroundings
  const files = await realFiles({ path, report: checkpoint, error: null })
  const key = sameFiles(files)
  const same = earlier.get(key)
  if (same !== undefined) {
    const withoutValues = await checkOpened(path, checkpoint, surroundings, false)
    const check = await named(withoutValues, agreement, { isModel: true, files })
    if (isSaidBy(same, check)) return check
  }
  const checked = await checkOpened(path, checkpoint, surroundings)
  const check = await named(checked, agreement, { isModel: true, files })
  const { values = null } = check.checked
  if (values !== null && same === undefined) earlier.set(key, check)
  return check
}

/** A check with what the policy allows marked in it, and by which files it is known again: `files`, or those found now. */
async function named(
  result: CheckedCheckpoint,
  agreement: Agreement,
  { isModel = false, files }: { readonly isModel?: boolean; readonly files?: RealFiles } = {},
): Promise<NamedCheck> {
  const names = namesFor(result, agreement)
  const findings = agreement.allowed(await locateFindings(result), names)
  const checked = settled({ ...result, findings })
  const terms = agreement.heldTo(names)?.overrides.join() ?? ''
  const known = checked.report === null ? undefined : files
  return { checked, isModel, terms, ...(known ?? (await realFiles(checked))) }
}

function namesFor({ path, report }: CheckedCheckpoint, agreement: Agreement): readonly string[] {
  return agreement.namesOf(askedPath(path, report?.origin), report?.files ?? [])
}

/**
 * Each real checkpoint once, with what is seen only beside the others: a second save of the same model.
 *
 * @param known marks what a baseline has, which has findings under one name
 */
function withSecondSaves(
  checks: readonly NamedCheck[],
  agreement: Agreement,
  known: (findings: readonly CheckFinding[]) => readonly CheckFinding[],
): readonly CheckedCheckpoint[] {
  const once = checkedOnce(checks)
  const checked = once.map(([, one]) => ({ ...one, findings: known(one.findings) }))
  const models = once.map(([at, { report }]) => (checks[at]?.isModel === true ? report : null))
  for (const [at, found] of secondSaves(models)) {
    const one = checked[at] as CheckedCheckpoint
    const more = laterFindings(one, [found], agreement.levelsFor([one.path]))
    const kept = known(agreement.allowed(more, namesFor(one, agreement)))
    checked[at] = { ...one, findings: sortedFindings([...one.findings, ...kept]) }
  }
  return checked
}
