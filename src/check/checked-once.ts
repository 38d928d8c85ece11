import type { RuleId } from '../findings/catalogue.ts'
import type { CheckFinding } from './findings/check-finding.ts'
import type { CheckedCheckpoint } from './run.ts'

/** A check of one of the paths, and by which files it is known again under another name. */
export interface NamedCheck {
  readonly checked: CheckedCheckpoint
  /** Whether it was held to all rules, and not only to those of safety. */
  readonly isModel: boolean
  /** Of its weights and indexes: the files themselves, whatever they are called. */
  readonly weights: readonly string[]
  /** Of what was read beside them, with their names. */
  readonly beside: readonly string[]
  /** Whether it was reached by a link: another name of the same files is the better one. */
  readonly isLink: boolean
  /** What it was held to. */
  readonly terms: string
}

/** A check of all that is told under one name, and where that is in the list of checks. */
interface Kept {
  readonly at: number
  readonly check: NamedCheck
  readonly told: ReadonlySet<string>
  readonly otherNames: string[]
}

/**
 * Checks of what are the same files under several names (links, a folder and a file in it, an argument given twice), each
 * once. One stands for another only where it says all that the other says: names mean something to loaders, and to a
 * policy. A shard is in the check of its set.
 *
 * Linear in files and findings. Answers pairs of place in `checks` and result, in order.
 */
export function checkedOnce(
  checks: readonly NamedCheck[],
): readonly (readonly [number, CheckedCheckpoint])[] {
  const order = checks.map((_, at) => at).sort((a, b) => precedence(checks, a, b))
  const bySame = new Map<string, Kept[]>()
  const setOf = new Map<string, Kept>()
  const all: Kept[] = []
  for (const at of order) {
    const check = checks[at] as NamedCheck
    const findings = signaturesOf(check)
    const same = sameFiles(check)
    const alike = bySame.get(same) ?? []
    const standing = alike.find((one) => speaksFor(one, check, findings)) ?? partOf(check, findings, setOf)
    if (standing !== undefined) {
      standing.otherNames.push(check.checked.path)
      continue
    }
    const one = { at, check, told: new Set(findings.values()), otherNames: [] }
    all.push(one)
    // Of one that differs in each of its names no more than these are looked at.
    if (alike.length < mostAlike) bySame.set(same, [...alike, one])
    if (check.weights.length > 1) for (const file of check.weights) if (!setOf.has(file)) setOf.set(file, one)
  }
  return all
    .sort((a, b) => a.at - b.at)
    .map(({ at, check: { checked }, otherNames }) => {
      const others = [...new Set(otherNames)].filter((name) => name !== checked.path)
      return [at, others.length === 0 ? checked : { ...checked, otherNames: others }]
    })
}

const mostAlike = 8

/** Whether what `check` finds, apart from values, is all said of the same files by another one. */
export function isSaidBy(kept: NamedCheck, check: NamedCheck): boolean {
  if (sameFiles(kept) !== sameFiles(check)) return false
  const told = new Set(signaturesOf(kept).values())
  return speaksFor({ check: kept, told }, check, signaturesOf(check))
}

/** Those that say more come first, of all rules and of several files; then names that are no links. */
function precedence(checks: readonly NamedCheck[], a: number, b: number): number {
  const [one, other] = [checks[a] as NamedCheck, checks[b] as NamedCheck]
  return (
    Number(other.isModel) - Number(one.isModel) ||
    other.weights.length - one.weights.length ||
    Number(one.isLink) - Number(other.isLink) ||
    a - b
  )
}

function speaksFor(
  { check: kept, told }: Pick<Kept, 'check' | 'told'>,
  check: NamedCheck,
  findings: ReadonlyMap<CheckFinding, string>,
): boolean {
  const [one, other] = [kept.checked, check.checked]
  return (
    (kept.isModel || !check.isModel) &&
    kept.terms === check.terms &&
    (one.report === null) === (other.report === null) &&
    one.error?.code === other.error?.code &&
    [...findings.values()].every((text) => told.has(text))
  )
}

/** The set of shards that a single one of them belongs to, where it is checked as well. */
function partOf(
  check: NamedCheck,
  findings: ReadonlyMap<CheckFinding, string>,
  setOf: ReadonlyMap<string, Kept>,
): Kept | undefined {
  const [first] = check.weights
  const set = first === undefined ? undefined : setOf.get(first)
  if (set === undefined || set.check.weights.length <= check.weights.length) return undefined
  const own = new Set([...set.check.weights, ...set.check.beside])
  if (![...check.weights, ...check.beside].every((file) => own.has(file))) return undefined
  const others = new Map([...findings].filter(([{ rule }]) => rule !== oneOfSeveral))
  return speaksFor(set, check, others) ? set : undefined
}

const oneOfSeveral = 'shards/one-of-several' satisfies RuleId

/** Equal for checks of the same files. */
export function sameFiles({ weights, beside }: Pick<NamedCheck, 'weights' | 'beside'>): string {
  return JSON.stringify([weights, beside])
}

/** Of each finding what it says, whatever the file is called that it is in. */
function signaturesOf({ checked }: NamedCheck): ReadonlyMap<CheckFinding, string> {
  return new Map(
    checked.findings.map((found) => {
      const { rule, level, tensor, key, args, suppressed } = found
      return [found, JSON.stringify([rule, level, tensor, key, args, suppressed])]
    }),
  )
}
