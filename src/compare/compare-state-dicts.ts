import { wrapperPrefixes } from '../model/prefixes.ts'
import type { StateDictReport } from '../model/report.ts'
import { blockCounts } from './block-counts.ts'
import { compareValues } from './compare-values.ts'
import type { Difference, Fusion, Rename, TensorChange } from './difference.ts'
import { findFusions } from './find-fusions.ts'
import { loneTensors } from './lone-tensors.ts'
import { maybeTransposed } from './maybe-transposed.ts'
import { pairBlocks } from './pair-blocks.ts'
import { pairBodies } from './pair-bodies.ts'
import { pairFamilies } from './pair-families.ts'
import { pairPrefixes } from './pair-prefixes.ts'
import { type ComparedEntries, type Means, Pairing, pairNames } from './pairing.ts'
import { pairByRules, proposeRenames, weakerMeans } from './propose-renames.ts'
import { anySegment, type RenameRule, type RenameRules, rulePattern } from './rename-rule.ts'
import { tensorChange } from './tensor-change.ts'

/** What is different between the tensors of two state dicts: everything but what the files around them say. */
export type TensorDifference = Pick<
  Difference,
  | 'typesNotRecorded'
  | 'matched'
  | 'changed'
  | 'renames'
  | 'changes'
  | 'fusions'
  | 'blocks'
  | 'onlyA'
  | 'onlyB'
  | 'values'
  | 'maybeTransposed'
> & {
  readonly rules: RenameRules
  /** Tensors of `a` with their partners, by name. */
  readonly pairs: readonly (readonly [a: string, b: string])[]
}

/** Compares names, shapes, types, kinds, trainability and ties. Linear in the tensors, but for sorting. */
export function compareStateDicts(
  a: ComparedEntries & Pick<StateDictReport, 'values'>,
  b: ComparedEntries & Pick<StateDictReport, 'values'>,
): TensorDifference {
  const pairing = new Pairing(a, b)
  pairNames(pairing)
  pairPrefixes(pairing)
  pairFamilies(pairing)
  pairBlocks(pairing)
  pairBodies(pairing)
  pairBlocks(pairing)
  let rules = proposeRenames(pairing)
  if (rules.rules.length > 0 && pairByRules(pairing, rules)) rules = proposeRenames(pairing)
  const changes = changesOf(pairing)
  const fusions = findFusions(
    { tensors: pairing.a, alone: pairing.aloneInA() },
    { tensors: pairing.b, alone: pairing.aloneInB() },
    moduleNames(pairing),
  )
  const [fusedA, fusedB] = namesOf(fusions)
  const aloneA = pairing.aloneInA().filter((index) => !fusedA.has(pairing.a[index]?.name ?? ''))
  const aloneB = pairing.aloneInB().filter((index) => !fusedB.has(pairing.b[index]?.name ?? ''))
  const nameOfA = (index: number) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    return partner?.name ?? rules.apply(pairing.a[index]?.name ?? '')
  }
  const blocks = blockCounts(
    pairing.a.map((_, index) => nameOfA(index)),
    pairing.b.map(({ name }) => name),
    [...aloneA.map(nameOfA), ...aloneB.map((index) => pairing.b[index]?.name ?? '')],
  )
  return {
    typesNotRecorded: typesNotRecorded(pairing),
    matched: pairing.a.length - pairing.aloneInA().length,
    changed: changes.length,
    renames: renamesOf(pairing, rules),
    rules,
    changes,
    fusions,
    blocks: blocks.counts,
    onlyA: loneTensors(pairing.a, aloneA, (index) => blocks.isExtra(nameOfA(index))),
    onlyB: loneTensors(pairing.b, aloneB, (index) => blocks.isExtra(pairing.b[index]?.name ?? '')),
    values: compareValues(a, b, (name) => rules.apply(name)),
    maybeTransposed: maybeTransposed(pairing),
    pairs: pairsOf(pairing),
  }
}

function pairsOf(pairing: Pairing): [string, string][] {
  const pairs: [string, string][] = []
  pairing.a.forEach(({ name }, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner !== undefined) pairs.push([name, partner.name])
  })
  return pairs
}

function typesNotRecorded(pairing: Pairing): ('a' | 'b')[] {
  const sides = { a: false, b: false }
  pairing.a.forEach((tensor, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner === undefined) return
    sides.a ||= tensor.dtype === null
    sides.b ||= partner.dtype === null
  })
  return (['a', 'b'] as const).filter((side) => sides[side])
}

/** The names that are part of a fusion, on each side. */
function namesOf(fusions: readonly Fusion[]): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const wholes = (side: Fusion['fused']) =>
    fusions.flatMap(({ fused, whole, parts }) => (fused === side ? [whole] : parts))
  return [new Set(wholes('a')), new Set(wholes('b'))]
}

/** How `b` calls the modules of `a`: as the modules around paired tensors are called. */
function moduleNames(pairing: Pairing): (path: string) => string {
  const names = new Map<string, string>()
  pairing.a.forEach(({ name }, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner === undefined || partner.name === name) return
    let [a, b] = [parentOf(name), parentOf(partner.name)]
    for (let up = 0; up < 3 && !names.has(a); up++) {
      names.set(a, b)
      ;[a, b] = [parentOf(a), parentOf(b)]
    }
  })
  return (path) => names.get(path) ?? path
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')))
}

function changesOf(pairing: Pairing): TensorChange[] {
  const partnerName = new Map<string, string>()
  pairing.a.forEach(({ name }, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner !== undefined) partnerName.set(name, partner.name)
  })
  return pairing.a.flatMap((tensor, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner === undefined) return []
    const tie = tensor.tiedTo === null ? null : (partnerName.get(tensor.tiedTo) ?? tensor.tiedTo)
    return tensorChange(tensor, partner, tie) ?? []
  })
}

/** The rules with what they did. Rules that keep a name from another rule are told too, as the map needs them. */
function renamesOf(pairing: Pairing, rules: RenameRules): Rename[] {
  const counts = rules.rules.map(() => 0)
  const means: Means[] = rules.rules.map(() => 'name itself')
  pairing.a.forEach(({ name }, index) => {
    if (rules.rules.length === 0 || pairing.partnerOfA(index) < 0) return
    const position = rules.ruleOf(name)
    if (position < 0) return
    counts[position] = (counts[position] ?? 0) + 1
    means[position] = weakerMeans(means[position] ?? 'prefix', pairing.pairedBy(index) ?? 'prefix')
  })
  return rules.rules.map((rule, position) => {
    const by = means[position]
    const wrapper = wrapperOf(rule)
    return {
      from: rulePattern(rule.from, rule.rest),
      to: rulePattern(rule.to, rule.rest),
      tensors: counts[position] ?? 0,
      by: by === undefined || by === 'name itself' ? 'prefix' : by,
      ...(wrapper === undefined ? {} : { wrapper }),
    }
  })
}

/** The wrapper that a rule takes off or puts on: its name, or several in order. */
function wrapperOf({ from, to, rest }: RenameRule): string | undefined {
  if (!rest || (from.length > 0 && to.length > 0)) return undefined
  const wrappers = [...from, ...to].map((segment) =>
    segment === anySegment ? undefined : wrapperPrefixes.get(`${segment}.`),
  )
  return wrappers.includes(undefined) ? undefined : wrappers.join('; ')
}
