import { allMeans, type Means, type Pairing } from './pairing.ts'
import { anySegment, type RenameRule, RenameRules, type RuleSegment } from './rename-rule.ts'

const wholeNumber = /^(?:0|[1-9][0-9]*)$/

/**
 * Rules that give every paired tensor of `a` the name of its partner, and no other tensor a name that is
 * taken. As few and as general as the names allow; complete by construction, because every name is put to
 * the rules and whoever comes out wrong gets a rule of its own.
 */
export function proposeRenames(pairing: Pairing): RenameRules {
  if (pairing.renamed === 0) return new RenameRules([])
  const pairs = pairing.names().map(([from, to]) => ({ from, to }))
  if (pairs.every(({ from, to }) => from === to)) return new RenameRules([])
  const taken = new Set(pairs.map(({ to }) => to))
  const alone = pairing.aloneInA().map((index) => pairing.a.name(index))
  let rules = new RenameRules(prefixRules(pairs))
  const templates = commonTargets(pairs)
  for (const round of ['templates', 'names'] as const) {
    const more = new Map<string, RenameRule>()
    for (const { from, to } of pairs) {
      if (rules.apply(from) === to) continue
      const general = round === 'templates' ? templates.get(templateKey(from)) : undefined
      more.set(general ? templateKey(from) : from, general ?? wholeRule(from, to))
    }
    // A tensor without a partner keeps its name rather than take another's.
    for (const name of alone) {
      const renamed = rules.apply(name)
      if (renamed !== name && taken.has(renamed)) more.set(name, wholeRule(name, name))
    }
    if (more.size === 0) break
    rules = new RenameRules([...rules.rules, ...more.values()])
  }
  return withoutIdle(rules, pairs, alone)
}

/** Pairs tensors that the rules bring together and that nothing else had paired, as their shapes differ. */
export function pairByRules(pairing: Pairing, rules: RenameRules): boolean {
  const indexOfB = new Map(pairing.aloneInB().map((index) => [pairing.b.name(index), index]))
  let found = false
  for (const index of pairing.aloneInA()) {
    const partner = indexOfB.get(rules.apply(pairing.a.name(index)))
    if (partner !== undefined && pairing.pair(index, partner, 'prefix')) found = true
  }
  return found
}

/** The weakest way in which the tensors of a rule were found. */
export function weakerMeans(a: Means, b: Means): Means {
  return allMeans.indexOf(a) > allMeans.indexOf(b) ? a : b
}

interface NamePair {
  readonly from: string
  readonly to: string
}

/** Rounds of making rules longer. Each adds a segment; what is wrong then gets a rule of its own. */
const mostRounds = 6

/** A renamed tensor, and how many of its segments the rule for it takes. */
interface Renamed {
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** Segments at the end that both names have. */
  readonly alike: number
  /** How many of those are part of the rule all the same. */
  kept: number
}

/**
 * Rules for what is left of names without the segments they end in alike. Where two rules are for the same
 * names, the one for fewer is made longer; where a rule does harm to many names, it is.
 */
function prefixRules(pairs: readonly NamePair[]): readonly RenameRule[] {
  const renamed = pairs.filter(({ from, to }) => from !== to).map(renamedOf)
  for (let round = 0; ; round++) {
    const groups = grouped(renamed)
    const best = new Map<string, Group>()
    for (const group of groups.values()) {
      const key = keyOf(group.rule.from, group.rule.rest)
      if (group.members.length > (best.get(key)?.members.length ?? 0)) best.set(key, group)
    }
    const rules = new RenameRules([...best.values()].map(({ rule }) => rule))
    if (round === mostRounds) return rules.rules
    const chosen = new Set(best.values())
    const tooShort = [...groups.values()].filter((group) => !chosen.has(group))
    const harmful = harmfulRules(rules, pairs)
    for (const group of best.values())
      if (harmful.has(group.rule) || isTooGeneral(group, pairs.length)) tooShort.push(group)
    let longer = false
    for (const { members } of tooShort)
      for (const pair of members) {
        if (pair.kept === pair.alike) continue
        pair.kept++
        longer = true
      }
    if (!longer) return rules.rules
  }
}

/** Renamed tensors that one rule is for. */
interface Group {
  readonly rule: RenameRule
  readonly members: Renamed[]
}

function grouped(renamed: readonly Renamed[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const pair of renamed) {
    const rule = ruleFor(pair)
    const key = `${keyOf(rule.from, rule.rest)} ${keyOf(rule.to, rule.rest)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { rule, members: [pair] })
    else group.members.push(pair)
  }
  return groups
}

/** A prefix for every name there may be, when only a few have got it. */
function isTooGeneral({ rule, members }: Group, all: number): boolean {
  return rule.from.length === 0 && members.length * 2 <= all
}

function renamedOf({ from, to }: NamePair): Renamed {
  const [a, b] = [from.split('.'), to.split('.')]
  const most = Math.min(a.length, b.length)
  let alike = 0
  while (alike < most && a[a.length - 1 - alike] === b[b.length - 1 - alike]) alike++
  return { from: a, to: b, alike, kept: 0 }
}

function ruleFor({ from, to, alike, kept }: Renamed): RenameRule {
  const rest = alike - kept
  const [a, b] = [from, to].map((segments) => segments.slice(0, segments.length - rest)) as [
    string[],
    string[],
  ]
  return { ...generalised(a, b), rest: rest > 0 }
}

/** Rules that give a wrong name to more than a few of those they rename. */
function harmfulRules(rules: RenameRules, pairs: readonly NamePair[]): ReadonlySet<RenameRule> {
  const right = rules.rules.map(() => 0)
  const wrong = rules.rules.map(() => 0)
  for (const { from, to } of pairs) {
    const position = rules.ruleOf(from)
    if (position < 0) continue
    const tally = rules.apply(from) === to ? right : wrong
    tally[position] = (tally[position] ?? 0) + 1
  }
  return new Set(rules.rules.filter((_, i) => (wrong[i] ?? 0) > 0 && 3 * (wrong[i] ?? 0) >= (right[i] ?? 0)))
}

/** Numbers become any-segments where both sides have the same ones. */
function generalised(a: readonly string[], b: readonly string[]): Omit<RenameRule, 'rest'> {
  const [numbersA, numbersB] = [a, b].map((segments) => segments.filter((each) => wholeNumber.test(each)))
  if (numbersA?.join() !== numbersB?.join()) return { from: a, to: b }
  return { from: a.map(general), to: b.map(general) }
}

const general = (segment: string): RuleSegment => (wholeNumber.test(segment) ? anySegment : segment)

const keyOf = (segments: readonly RuleSegment[], rest: boolean): string =>
  segments.map((segment) => (segment === anySegment ? '*' : JSON.stringify(segment))).join('.') + rest

const templateKey = (name: string): string => keyOf(name.split('.').map(general), false)

function wholeRule(from: string, to: string): RenameRule {
  return { from: from.split('.'), to: to.split('.'), rest: false }
}

/** By template of a name: the rule for all names of that template, where they agree on one. */
function commonTargets(pairs: readonly NamePair[]): ReadonlyMap<string, RenameRule> {
  const targets = new Map<string, RenameRule | null>()
  for (const { from, to } of pairs) {
    const key = templateKey(from)
    const known = targets.get(key)
    if (known === null) continue
    const rule: RenameRule = { ...generalised(from.split('.'), to.split('.')), rest: false }
    const agrees = known === undefined || keyOf(known.to, false) === keyOf(rule.to, false)
    targets.set(key, agrees && rule.from.includes(anySegment) ? rule : null)
  }
  return new Map([...targets].filter((entry): entry is [string, RenameRule] => entry[1] !== null))
}

/** Without the rules that decide no name. */
function withoutIdle(rules: RenameRules, pairs: readonly NamePair[], alone: readonly string[]): RenameRules {
  const used = new Set<number>()
  for (const { from } of pairs) used.add(rules.ruleOf(from))
  for (const name of alone) used.add(rules.ruleOf(name))
  const kept = rules.rules.filter((_, position) => used.has(position))
  return kept.length === rules.rules.length ? rules : new RenameRules(kept)
}
