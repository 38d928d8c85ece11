import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { RuleId } from '../findings/catalogue.ts'
import type { RuleLevel } from '../findings/entry.ts'
import { finding } from '../findings/finding.ts'
import type { Rule } from '../findings/rules.ts'
import { hasChecksums } from '../formats/index.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { unverifiedText } from '../model/unverified.ts'
import type { Coverage } from '../model/values/statistics.ts'
import type { BaseComparison, ValueReading } from '../model/values/value-reading.ts'
import { measuresOf, ruleById, rules } from './all-rules.ts'
import type { CheckSubject, LocatedDrift } from './check-subject.ts'
import { type CheckFinding, sortedFindings } from './findings/check-finding.ts'
import { fingerprintOf } from './findings/fingerprint.ts'
import { openablePath } from './findings/openable-path.ts'
import { tellingFacts } from './findings/telling-facts.ts'
import { isOfUnread } from './findings/unread.ts'
import { type Expectations, nothingExpected } from './policy/expectations.ts'
import { checkRules } from './rules/index.ts'
import { readTensors } from './structure/value-tensors.ts'

/** What a checkpoint is held to. Without a policy: the rules of soundness. */
export interface CheckOptions {
  readonly expected?: Expectations
  /** Levels that differ from the rules' own. */
  readonly levels?: ReadonlyMap<string, RuleLevel>
  readonly hashes?: ReadonlyMap<string, string>
  readonly drift?: readonly LocatedDrift[] | null
  /** What was seen in the values, where they were read. */
  readonly values?: ValueReading | null
  readonly base?: BaseComparison | null
}

/** A rule that could not say anything, and why. */
export interface SkippedRule {
  readonly rule: string
  readonly reason: string
}

/** What a check found in one checkpoint. */
export interface CheckedCheckpoint {
  readonly path: string
  /** null when it could not be read. */
  readonly report: Report | null
  /** Why there is no verdict on it; null when there is one. */
  readonly error: SdinspectError | null
  /** What a finding says of a file that could not be read at all. */
  readonly cause?: SdinspectError
  /** Worst first. */
  readonly findings: readonly CheckFinding[]
  /** Ids of the rules that were asked. */
  readonly ran: readonly string[]
  readonly skipped: readonly SkippedRule[]
  /** Names under which the same files were given, or found, as well. */
  readonly otherNames?: readonly string[]
  /** Of the values; null where they were not read. */
  readonly values?: Coverage | null
  /** Only a sample of the values was read. */
  readonly isSample?: true
}

/**
 * Holds a checkpoint to every rule.
 *
 * @throws SdinspectError `usage/state-dict` when the policy is about a state dict that is not there
 */
export function checkCheckpoint(
  checkpoint: Checkpoint,
  report: Report,
  options: CheckOptions = {},
): CheckedCheckpoint {
  const { expected = nothingExpected, levels = new Map(), hashes = new Map(), drift = null } = options
  const { values = null, base = null } = options
  const stateDict = chosenStateDict(report.stateDicts, expected.stateDict)
  const subject: CheckSubject = {
    path: report.path,
    checkpoint,
    report,
    stateDict,
    isWhole: !report.findings.some(({ rule }) => partial.has(rule)),
    expected,
    hashes,
    drift,
    values,
    readTensors: readTensors(values, report, stateDict),
    base,
  }
  const ofWhole = {
    ...subject,
    readTensors: subject.readTensors.filter(({ reading }) => reading.isSample !== true),
  }
  const list = new FindingList(report.path, report.files, levels)
  for (const found of report.findings) list.add(found)
  const ran: string[] = []
  const skipped: SkippedRule[] = []
  // Without a policy or a lock nothing was asked for.
  const isAgreed = options.expected !== undefined || drift !== null
  const isAsked = ({ id, level, needs }: Rule): boolean =>
    (levels.get(id) ?? level) !== 'off' && (needs !== 'policy' || isAgreed)
  // The reader compares the checksums of what it reads; those of values are compared with them.
  const isSample = values?.isSample === true
  const isArchive = hasChecksums(report.format)
  const isOfValues = ({ id, needs }: Rule): boolean => needs === 'values' || (id === checksums && isArchive)
  // Of these nothing is said but of small tensors.
  const isOfAll = (rule: Rule): boolean => isSample && isOfValues(rule) && rule.ofSamples !== true
  for (const rule of rules.filter(isAsked))
    if (isOfAll(rule)) skipped.push({ rule: rule.id, reason: onlySample })
    else if (values === null && isOfValues(rule)) skipped.push({ rule: rule.id, reason: valuesNotRead })
    else if (rule.id === checksums && values?.withoutChecksums !== undefined)
      skipped.push({ rule: rule.id, reason: noChecksums(values.withoutChecksums) })
    else if (base === null && rule.id.startsWith('base/')) continue
    else ran.push(rule.id)
  for (const rule of checkRules.filter(isAsked))
    if (rule.needs !== 'values' || values !== null)
      for (const found of rule.check(isOfAll(rule) ? ofWhole : subject)) list.add(found)
  // The reader has told those of what it read.
  const told = new Set(
    report.findings.flatMap(({ rule, file, args }) =>
      rule === checksums ? [`${file}\0${args?.entry}`] : [],
    ),
  )
  for (const { file, entry } of values?.badEntries ?? [])
    if (!told.has(`${file}\0${entry}`)) list.add(finding(checksums, { entry }, { file }))
  const error =
    uncompared(report) ??
    unseen(values) ??
    unanswered(skipped.filter(({ rule }) => rule !== checksums && levels.has(rule)))
  const coverage = values?.coverage ?? null
  return {
    path: report.path,
    report,
    error,
    findings: list.sorted(),
    ran,
    skipped,
    values: coverage,
    ...(isSample && { isSample }),
  }
}

/** No verdict on what nobody has looked at. */
function uncompared({ unverified = [] }: Report): SdinspectError | null {
  const text = unverifiedText(unverified)
  return text === undefined
    ? null
    : new SdinspectError('unsupported/feature', text, { hint: 'check the file itself, which reads them' })
}

const checksums = 'zip/checksum' satisfies RuleId
const noChecksums = ([first, ...more]: readonly string[]): string =>
  `${JSON.stringify(first)}${more.length === 0 ? '' : ` and ${more.length} more`} was written without checksums`
const onlySample = 'only a sample of the values was read'
const valuesNotRead = 'the values of tensors are not read'

/** No verdict on values that were asked for and could not be read. */
function unseen(values: ValueReading | null): SdinspectError | null {
  const [first, ...more] = values?.coverage.uncovered ?? []
  if (first === undefined) return null
  const others = more.length === 0 ? '' : `, nor those of ${more.length} more`
  return new SdinspectError(
    'source/unread',
    `the values of ${JSON.stringify(first.name)} were not read${others}: ${first.reason}`,
    { hint: 'check it without values' },
  )
}

/** No verdict where a rule that was asked for by name could not say anything; null where all could. */
function unanswered([first]: readonly SkippedRule[]): SdinspectError | null {
  if (first === undefined) return null
  const { rule, reason } = first
  return new SdinspectError(
    'unsupported/feature',
    `${rule} was asked for and cannot be answered: ${reason}`,
    {
      hint: `read the values with --values, or take ${rule} out of the policy or the command`,
    },
  )
}

/** Findings of the reader that say a part of the checkpoint is not there. */
const partial: ReadonlySet<string> = new Set<RuleId>([
  'shards/one-of-several',
  'shards/incomplete',
  'shards/broken',
  'index/missing-shard',
  'index/missing-tensor',
])

/** Errors of these codes say the file is something else than a checkpoint. */
const notACheckpoint = new Set(['format/pointer', 'format/web-page', 'format/empty'])

/**
 * What a check makes of a checkpoint that could not be read: a finding where the file is at fault, no verdict
 * where the disk, a limit or sdinspect is.
 */
export function checkFailure(
  path: string,
  error: unknown,
  levels: ReadonlyMap<string, RuleLevel> = new Map(),
): CheckedCheckpoint {
  if (!isSdinspectError(error)) throw error
  if (!error.code.startsWith('format/') && error.code !== 'source/outside')
    return { path, report: null, error, findings: [], ran: [], skipped: [] }
  const id = notACheckpoint.has(error.code) ? 'file/not-a-pointer' : 'format/valid'
  const list = new FindingList(path, [], levels)
  const args = { problem: error.message, hint: error.ownHint ?? null }
  list.add(finding(id, args, { tensor: error.tensor }))
  const skipped = rules
    .filter(
      (rule) => rule.id !== id && rule.needs !== 'policy' && (levels.get(rule.id) ?? rule.level) !== 'off',
    )
    .map((rule) => ({ rule: rule.id, reason: 'the file could not be read' }))
  return { path, report: null, error: null, cause: error, findings: list.sorted(), ran: [id], skipped }
}

/**
 * A check once it is settled which of its findings count. What could not be read is no fault that may be tolerated:
 * where the finding about it does not count as an error, there is no verdict.
 */
export function settled(checked: CheckedCheckpoint): CheckedCheckpoint {
  if (checked.error !== null) return checked
  const unread = checked.findings.find(
    ({ rule, level, suppressed }) => isOfUnread(rule) && (suppressed !== null || level !== 'error'),
  )
  const isUnread = checked.report === null && checked.findings.length === 0
  if (unread === undefined && !isUnread) return checked
  const error =
    checked.cause ??
    new SdinspectError('source/unread', `a part of it could not be read: ${unread?.message ?? ''}`, {
      hint: 'name the file under leaveOut in the policy, with a reason',
    })
  return { ...checked, error }
}

/** Findings about a checkpoint that are known once others have been read, as a check tells them; none for those turned off. */
export function laterFindings(
  { path, report }: CheckedCheckpoint,
  found: readonly Finding[],
  levels: ReadonlyMap<string, RuleLevel>,
): readonly CheckFinding[] {
  const list = new FindingList(path, report?.files ?? [], levels)
  for (const one of found) list.add(one)
  return list.sorted()
}

/** A file that may hold weights and was not read: no verdict. */
export function notRead(path: string, why: string): CheckedCheckpoint {
  const error = new SdinspectError('source/unread', `not read: ${why}`, {
    hint: 'name it under leaveOut in the policy, with a reason, if it need not be',
  })
  return { path, report: null, error, findings: [], ran: [], skipped: [] }
}

/** Findings as readers and rules make them, made complete. */
class FindingList {
  readonly #findings: CheckFinding[] = []
  readonly #seen = new Map<string, number>()
  readonly #path: string
  readonly #files: Report['files']
  readonly #levels: ReadonlyMap<string, RuleLevel>

  constructor(path: string, files: Report['files'], levels: ReadonlyMap<string, RuleLevel>) {
    this.#path = path
    this.#files = files
    this.#levels = levels
  }

  add(found: Finding): void {
    const level = this.#levels.get(found.rule) ?? found.level
    if (level === 'off') return
    const { rule, at, tensor = null, key = null, message } = found
    const file =
      at?.file ?? (found.file === undefined ? null : openablePath(this.#path, found.file, this.#files))
    this.#findings.push({
      rule,
      level,
      message,
      path: this.#path,
      file,
      line: at?.line ?? null,
      column: at?.column ?? null,
      tensor,
      key,
      args: found.args ?? {},
      fix: found.fix ?? ruleById.get(rule)?.fix ?? null,
      fingerprint: this.#fingerprint([
        rule,
        this.#path,
        file ?? '',
        tensor ?? '',
        key ?? '',
        ...tellingFacts(found.args ?? {}, measuresOf(rule)),
        // A report of an earlier version has no facts.
        ...(found.args === undefined ? [message] : []),
      ]),
      suppressed: null,
    })
  }

  /** Findings that are the same in all of this differ in their number. */
  #fingerprint(parts: readonly string[]): string {
    const key = parts.join('\0')
    const number = this.#seen.get(key) ?? 0
    this.#seen.set(key, number + 1)
    return fingerprintOf(number === 0 ? parts : [...parts, String(number)])
  }

  sorted(): readonly CheckFinding[] {
    return sortedFindings(this.#findings)
  }
}
