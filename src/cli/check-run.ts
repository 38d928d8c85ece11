import { stat } from 'node:fs/promises'
import { type CheckReport, checkReport, type LeftAlone } from '../check/check-report.ts'
import { checkedOnce, isSaidBy, type NamedCheck, sameFiles } from '../check/checked-once.ts'
import { Baseline } from '../check/findings/baseline.ts'
import { type CheckFinding, sortedFindings } from '../check/findings/check-finding.ts'
import { openablePath } from '../check/findings/openable-path.ts'
import { isOfUnread } from '../check/findings/unread.ts'
import { AllowedImports } from '../check/policy/allowed-imports.ts'
import { type CompiledPolicy, compilePolicy, type Held } from '../check/policy/compile-policy.ts'
import type { Expectations } from '../check/policy/expectations.ts'
import { type LeftOut, leftOutBy } from '../check/policy/left-out.ts'
import { PatternSteps } from '../check/policy/pattern-steps.ts'
import { withoutPinnedElsewhere } from '../check/policy/pinned-elsewhere.ts'
import { Suppressions } from '../check/policy/suppressions.ts'
import {
  type CheckedCheckpoint,
  type CheckOptions,
  checkCheckpoint,
  checkFailure,
  laterFindings,
  notRead,
  settled,
} from '../check/run.ts'
import { secondSaves } from '../check/structure/second-saves.ts'
import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { RuleId } from '../findings/catalogue.ts'
import type { RuleLevel } from '../findings/entry.ts'
import { inspectCheckpoint } from '../inspect.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import { askedPath } from '../model/origin.ts'
import type { Report } from '../model/report.ts'
import type { LeftAlone as Left, Opened } from '../node.ts'
import { isGlob } from '../source/glob.ts'
import { readLevels } from './arguments/rule-levels.ts'
import { type SaidByUser, type SaidFlag, saidBy } from './arguments/said.ts'
import type { Call, Library, OptionsOf } from './command.ts'
import { digestOf } from './files/file-digests.ts'
import { locateFindings } from './files/locate-findings.ts'
import { CheckLocks, locatedDrift } from './files/located-drift.ts'
import {
  namesInPolicy,
  type PolicyFile,
  pathFromPolicy,
  pathsInPolicy,
  readPolicy,
} from './files/policy-file.ts'
import { readBaseline } from './files/read-baseline.ts'
import { type RealFiles, realFiles } from './files/real-files.ts'
import type { Io } from './io.ts'
import { isSideFile, refusedFiles } from './output/protected-files.ts'
import { filesOf } from './output/show.ts'

/** A call that can be checked: what its flags say matters here. */
interface CheckCall {
  readonly operands: readonly string[]
  readonly options: CheckOptionsOfCall
  readonly library: Pick<Library, 'openPaths' | 'digestPaths' | 'readAgain'>
  readonly talk: Call['talk']
  /** Ends reading values. */
  readonly signal?: AbortSignal | undefined
}

type CheckOptionsOfCall = OptionsOf<
  | 'recurse'
  | 'allowEmpty'
  | 'baseline'
  | 'config'
  | 'failOn'
  | SaidFlag
  | 'limits'
  | 'keepHeaders'
  | 'lockFile'
  | 'maxWarnings'
  | 'rules'
  | 'values'
  | 'sample'
  | 'base'
>

/** What a policy says in this run; nothing without one. */
interface Agreed {
  readonly file: PolicyFile
  readonly policy: CompiledPolicy
  readonly suppressions: Suppressions
  readonly imports: AllowedImports
  readonly leftOut: LeftOut
}

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
  const { options, library } = call
  if (options.sample && (options.values || options.base !== null))
    throw new SdinspectError(
      'usage/arguments',
      `--sample reads a part of the values, and ${options.values ? '--values' : '--base'} all of them`,
    )
  const asked = await readLevels(options.rules)
  const agreed = agreedOn(await readPolicy(options.config), today, options.limits)
  const baseline = options.baseline === null ? null : new Baseline(await readBaseline(options.baseline))
  const paths = pathsOf(call, agreed)
  const checks: NamedCheck[] = []
  const { config: _, ...flags } = options
  const said = await saidBy({ library, options: flags })
  const surroundings = { call, agreed, asked, said, locks: new CheckLocks(call) }
  /** Checks that read values, by the files they are of. */
  const earlier = new Map<string, NamedCheck>()
  const left: LeftAlone[] = []
  const tell = async (result: CheckedCheckpoint | undefined): Promise<void> => {
    if (result !== undefined && result.error !== null) await call.talk.error(result.error, result.path)
  }
  const passedOver: CheckedCheckpoint[] = []
  const seenLeft = new Set<string>()
  const onLeft = ({ path, why, isPassedOver }: Left): void => {
    const key = `${why}\0${path}`
    if (isPassedOver) passedOver.push(notRead(path, why))
    else if (!seenLeft.has(key)) left.push({ path, why })
    seenLeft.add(key)
  }
  const namesFor = ({ path, report }: CheckedCheckpoint): readonly string[] =>
    namesOf(askedPath(path, report?.origin), report?.files ?? [], agreed)
  const allowed = (findings: readonly CheckFinding[], names: readonly string[]): readonly CheckFinding[] =>
    agreed === null ? findings : agreed.suppressions.apply(agreed.imports.apply(findings, names), names)
  const known = (findings: readonly CheckFinding[]): readonly CheckFinding[] =>
    baseline?.apply(findings) ?? findings
  for await (const opened of library.openPaths(paths, {
    limits: options.limits,
    keepHeaders: options.keepHeaders,
    verify: true,
    onLeft,
    recurse: options.recurse,
    leaveOut:
      agreed === null
        ? undefined
        : (path) =>
            namesInPolicy(agreed.file, path)
              .map(agreed.leftOut)
              .find((why) => why !== null) ?? null,
  })) {
    if ('error' in opened && options.allowEmpty && isNothing(opened.path, opened.error)) continue
    const isOfSafety =
      'error' in opened ||
      opened.isBeside === true ||
      (opened.isByBytes === true && !mayHoldTensors(opened.checkpoint))
    const told: Told = async (result, files) => {
      const names = namesFor(result)
      const located = await locateFindings(result)
      const checked = settled({ ...result, findings: allowed(located, names) })
      const terms = agreed?.policy.expectedOf(names).overrides.join() ?? ''
      const real = checked.report === null ? undefined : files
      return { checked, isModel: !isOfSafety, terms, ...(real ?? (await realFiles(checked))) }
    }
    const check =
      'error' in opened
        ? await told(checkFailure(opened.path, opened.error, levelsFor([opened.path], agreed, asked)))
        : isOfSafety
          ? await told(checkSafety(opened.path, opened.checkpoint, levelsFor([opened.path], agreed, asked)))
          : await checkModel(opened, { surroundings, told, earlier })
    checks.push(check)
    await tell(check.checked)
  }
  for (const one of passedOver) {
    await tell(one)
    checks.push({ checked: one, isModel: true, terms: '', ...(await realFiles(one)) })
  }
  const once = checkedOnce(checks)
  // A baseline has findings under one name.
  const checked = once.map(([, one]) => ({ ...one, findings: known(one.findings) }))
  const models = once.map(([at, { report }]) => (checks[at]?.isModel === true ? report : null))
  for (const [at, found] of secondSaves(models)) {
    const one = checked[at] as CheckedCheckpoint
    const more = laterFindings(one, [found], levelsFor([one.path], agreed, asked))
    const kept = known(allowed(more, namesFor(one)))
    checked[at] = { ...one, findings: sortedFindings([...one.findings, ...kept]) }
  }
  const own = agreed?.suppressions.findings(levelsFor([], agreed, asked)) ?? []
  if (baseline !== null && baseline.gone > 0)
    await call.talk.note(
      `${baseline.gone} findings of the baseline are gone: write it again with check --json`,
    )
  const filesRead = new Set(
    checks.flatMap(({ checked: { report } }) => (report === null ? [] : filesOf(report))),
  )
  const report = checkReport(withoutPinnedElsewhere(checked), own, {
    policy: agreed?.file.document.file ?? null,
    threshold: { failOn: options.failOn, maxWarnings: options.maxWarnings },
    // What was read beside the weights was not left alone.
    left: left.filter(({ path }) => !filesRead.has(path)),
  })
  const inputs = [
    ...filesRead,
    ...(await refusedFiles(checks.map(({ checked: one }) => one))),
    ...left.map(({ path }) => path).filter(isSideFile),
    ...(agreed?.file.files ?? []),
    ...(options.baseline === null ? [] : [options.baseline]),
    ...surroundings.locks.paths,
  ]
  return { report, inputs }
}

/** Findings of a reader that saw tensors and could not list them. */
const unlistedTensors: ReadonlySet<string> = new Set<RuleId>([
  'torch/unfollowed',
  'torch/unlisted-tensors',
  'torch/unread-tensors',
])

function mayHoldTensors({ stateDicts, findings }: Checkpoint): boolean {
  return (
    stateDicts.some(({ tensors }) => tensors.length > 0) ||
    findings.some(({ rule }) => unlistedTensors.has(rule))
  )
}

/** Whether a file that is no weights of the model is safe to load, and could be read. Nothing else is asked of it. */
function checkSafety(
  path: string,
  checkpoint: Checkpoint,
  levels: ReadonlyMap<string, RuleLevel>,
): CheckedCheckpoint {
  const checked = checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path }), { levels })
  const isOfSafety = (rule: string): boolean =>
    rule.startsWith('security/') || rule === 'shards/copy' || isOfUnread(rule)
  return {
    ...checked,
    error: null,
    findings: checked.findings.filter(({ rule }) => isOfSafety(rule)),
    ran: checked.ran.filter(isOfSafety),
    skipped: [],
  }
}

function agreedOn(file: PolicyFile | null, today: string, limits: Partial<Limits>): Agreed | null {
  if (file === null) return null
  const steps = new PatternSteps({ ...defaultLimits, ...limits })
  const policy = compilePolicy(file.document, steps)
  return {
    file,
    policy,
    suppressions: new Suppressions(file.document, today, steps),
    imports: new AllowedImports(file.document, steps),
    leftOut: leftOutBy(file.document),
  }
}

/** The paths to check: those of the call, else those of the policy. */
function pathsOf({ operands, options }: CheckCall, agreed: Agreed | null): readonly string[] {
  if (operands.length > 0) return operands
  const paths = agreed?.file.document.policy.paths ?? []
  if (agreed !== null && paths.length > 0) return paths.map((path) => pathFromPolicy(agreed.file, path))
  if (options.allowEmpty) return []
  throw new SdinspectError('usage/arguments', 'there is nothing to check: no path was given', {
    hint:
      agreed === null
        ? 'give a file or a folder'
        : 'give a file or a folder, or say paths: [...] in the policy',
  })
}

/** Whether a pattern or a folder holds nothing to check. A file that was named and is not there is another thing. */
function isNothing(path: string, error: unknown): boolean {
  if (isSdinspectError(error, 'source/no-checkpoint')) return true
  return isGlob(path) && isSdinspectError(error, 'source/not-found')
}

interface Surroundings {
  readonly call: CheckCall
  readonly agreed: Agreed | null
  readonly asked: ReadonlyMap<string, RuleLevel>
  /** By flags; what the policy says is in `agreed`. */
  readonly said: SaidByUser
  readonly locks: CheckLocks
}

/** A result as a person is told it, and by which files it is known again: those that are known already, or found now. */
type Told = (result: CheckedCheckpoint, files?: RealFiles) => Promise<NamedCheck>

/** Values of the same files are read once, where nothing else is to be said of them under this name. */
async function checkModel(
  { path, checkpoint }: Extract<Opened, { checkpoint: Checkpoint }>,
  {
    surroundings,
    told,
    earlier,
  }: {
    readonly surroundings: Surroundings
    readonly told: Told
    readonly earlier: Map<string, NamedCheck>
  },
): Promise<NamedCheck> {
  const files = await realFiles({ path, report: checkpoint, error: null })
  const key = sameFiles(files)
  const same = earlier.get(key)
  if (same !== undefined) {
    const check = await told(await checkOpened(path, checkpoint, surroundings, false), files)
    if (isSaidBy(same, check)) return check
  }
  const check = await told(await checkOpened(path, checkpoint, surroundings), files)
  const { values = null } = check.checked
  if (values !== null && same === undefined) earlier.set(key, check)
  return check
}

async function checkOpened(
  path: string,
  checkpoint: Checkpoint,
  { call, agreed, asked, said, locks }: Surroundings,
  readsValues = true,
): Promise<CheckedCheckpoint> {
  try {
    const held =
      agreed?.policy.expectedOf(namesOf(askedPath(path, checkpoint.origin), checkpoint.files, agreed)) ?? null
    const report = inspectCheckpoint(checkpoint, {
      path,
      ...said,
      ...(held && { statementsFor: () => held.statements }),
      limits: call.options.limits,
    })
    const named =
      agreed === null || held === null || held.lock === null
        ? null
        : pathFromPolicy(agreed.file, held.lock.value)
    const lock = await locks.lockFor(named)
    const drift =
      lock === null ? null : await locatedDrift(report, lock, held?.expected.stateDict ?? null, call)
    const levels = new Map([...(held?.levels ?? []), ...asked])
    const seen = readsValues ? await seenIn(checkpoint, report, { call, levels, held }) : {}
    if (held === null) return checkCheckpoint(checkpoint, report, { levels, drift, ...seen })
    const { expected } = held
    return checkCheckpoint(checkpoint, report, {
      ...seen,
      expected,
      levels,
      hashes: await pinnedDigests(report, expected),
      drift,
    })
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return { path, report: null, error, findings: [], ran: [], skipped: [] }
  }
}

/** What is in the values, where they are to be read. */
async function seenIn(
  checkpoint: Checkpoint,
  report: Report,
  { call, levels, held }: { call: CheckCall; levels: ReadonlyMap<string, RuleLevel>; held: Held | null },
): Promise<Pick<CheckOptions, 'values' | 'base'>> {
  const { values, sample, base, limits } = call.options
  const wanted = values || sample || base !== null || held?.expected.values === true
  if (!wanted || report.stateDicts.length === 0) return {}
  const { countsPlaces } = await import('../check/structure/value-tensors.ts')
  for await (const seen of call.library.readAgain(checkpoint, report, {
    pathOf: (name) => openablePath(report.path, name, report.files),
    isKept: countsPlaces,
    limits,
    base,
    stateDict: held?.expected.stateDict ?? null,
    isFull: (levels.get('values/dtype-roundtrip') ?? 'off') !== 'off',
    sampleBytes: sample ? (limits.sampleBytes ?? defaultLimits.sampleBytes) : null,
    signal: call.signal,
  }))
    return seen
  return {}
}

/** What the patterns of a policy are held against: the checkpoint's path, and its files'. */
function namesOf(path: string, files: Report['files'], agreed: Agreed | null): readonly string[] {
  return agreed === null ? [path] : pathsInPolicy(agreed.file, path, files)
}

function levelsFor(
  paths: readonly string[],
  agreed: Agreed | null,
  asked: ReadonlyMap<string, RuleLevel>,
): ReadonlyMap<string, RuleLevel> {
  if (agreed === null) return asked
  const names = paths.flatMap((path) => namesInPolicy(agreed.file, path))
  return new Map([...agreed.policy.expectedOf(names).levels, ...asked])
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

/** The day it is in UTC, or the one that a reproducible build pretends it is. */
export function today({ env }: Io): string {
  const seconds = env.SOURCE_DATE_EPOCH ?? ''
  const date = /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000) : new Date()
  return date.toISOString().slice(0, 10)
}
