import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Report } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { type Expectations, nothingExpected } from './expectations.ts'
import { type CheckFinding, type Found, type RuleLevel, sortedFindings } from './finding.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { LockDrift } from './lock-drift.ts'
import { openablePath } from './openable-path.ts'
import type { CheckSubject } from './rule.ts'
import { ruleById, rules } from './rules/index.ts'

/** What a checkpoint is held to. Without a policy: the rules of soundness. */
export interface CheckOptions {
  readonly expected?: Expectations
  /** Levels that differ from the rules' own. */
  readonly levels?: ReadonlyMap<string, RuleLevel>
  readonly hashes?: ReadonlyMap<string, string>
  readonly drift?: readonly LockDrift[] | null
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
  /** Worst first. */
  readonly findings: readonly CheckFinding[]
  /** Ids of the rules that were asked. */
  readonly ran: readonly string[]
  readonly skipped: readonly SkippedRule[]
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
  const subject: CheckSubject = {
    path: report.path,
    checkpoint,
    report,
    stateDict: chosenStateDict(report.stateDicts, expected.stateDict),
    isWhole: !report.findings.some(({ rule }) => partial.has(rule)),
    expected,
    hashes,
    drift,
  }
  const list = new FindingList(report.path, report.files, levels)
  for (const { rule, ...found } of report.findings) list.add(rule, found)
  const ran: string[] = []
  const skipped: SkippedRule[] = []
  // Without a policy or a lock nothing was asked for.
  const isAgreed = options.expected !== undefined || drift !== null
  for (const rule of rules) {
    const level = levels.get(rule.id) ?? rule.level
    if (level === 'off' || (rule.needs === 'policy' && !isAgreed)) continue
    if (rule.needs === 'values') skipped.push({ rule: rule.id, reason: 'the values of tensors are not read' })
    else {
      ran.push(rule.id)
      for (const found of rule.check?.(subject) ?? []) list.add(rule.id, found)
    }
  }
  const error = unanswered(skipped.filter(({ rule }) => levels.has(rule)))
  return { path: report.path, report, error, findings: list.sorted(), ran, skipped }
}

/** No verdict where a rule that was asked for by name could not say anything; null where all could. */
function unanswered([first]: readonly SkippedRule[]): SdinspectError | null {
  if (first === undefined) return null
  const { rule, reason } = first
  return new SdinspectError(
    'unsupported/feature',
    `${rule} was asked for and cannot be answered: ${reason}`,
    {
      hint: `take ${rule} out of the policy or the command; without it the others decide`,
    },
  )
}

/** Findings of the reader that say a part of the checkpoint is not there. */
const partial = new Set([
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
  list.add(id, {
    message: error.message,
    ...(error.tensor === undefined ? {} : { tensor: error.tensor }),
    ...(error.hint === undefined ? {} : { fix: error.hint }),
  })
  const skipped = rules
    .filter(
      (rule) => rule.id !== id && rule.needs !== 'policy' && (levels.get(rule.id) ?? rule.level) !== 'off',
    )
    .map((rule) => ({ rule: rule.id, reason: 'the file could not be read' }))
  return { path, report: null, error: null, findings: list.sorted(), ran: [id], skipped }
}

/** Findings as rules yield them, made complete. */
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

  add(id: string, found: Found): void {
    const rule = ruleById.get(id)
    const level = this.#levels.get(id) ?? found.level ?? rule?.level ?? 'warning'
    if (level === 'off') return
    const { at, tensor = null, message } = found
    const file =
      at?.file ?? (found.file === undefined ? null : openablePath(this.#path, found.file, this.#files))
    this.#findings.push({
      rule: id,
      level,
      message,
      path: this.#path,
      file,
      line: at?.line ?? null,
      column: at?.column ?? null,
      tensor,
      fix: found.fix ?? rule?.fix ?? null,
      fingerprint: this.#fingerprint([id, this.#path, file ?? '', tensor ?? '']),
      suppressed: null,
    })
  }

  /** Two findings of a rule about the same thing differ in their number. */
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
