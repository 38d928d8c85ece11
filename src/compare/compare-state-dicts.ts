import { wrapperPrefixes } from '../model/names/prefixes.ts'
import type { StateDictReport } from '../model/report.ts'
import { unrecordedType } from '../model/tensors/tensor-table.ts'
import { compareValues } from './compare-values.ts'
import type { Difference, Fusion, Rename, TensorChange } from './difference.ts'
import { blockCounts } from './pairing/block-counts.ts'
import { findFusions } from './pairing/find-fusions.ts'
import { loneTensors } from './pairing/lone-tensors.ts'
import { maybeTransposed } from './pairing/maybe-transposed.ts'
import { pairBlocks } from './pairing/pair-blocks.ts'
import { pairBodies } from './pairing/pair-bodies.ts'
import { pairFamilies } from './pairing/pair-families.ts'
import { pairPrefixes } from './pairing/pair-prefixes.ts'
import { type PublishedSides, pairPublished } from './pairing/pair-published.ts'
import { type ComparedEntries, type Means, Pairing, pairNames } from './pairing/pairing.ts'
import { pairByRules, proposeRenames, weakerMeans } from './pairing/propose-renames.ts'
import { anySegment, type RenameRule, type RenameRules, rulePattern } from './pairing/rename-rule.ts'
import { SameTensors } from './same-tensors.ts'
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
  /** Which tensor of `a` is which of `b`. */
  readonly pairing: Pairing
}

/**
 * Compares names, shapes, types, kinds, trainability and ties. Linear in the tensors, but for sorting.
 *
 * @param published what converters into the format of each side publish of its names
 */
export function compareStateDicts(
  a: ComparedEntries & Pick<StateDictReport, 'values'>,
  b: ComparedEntries & Pick<StateDictReport, 'values'>,
  published: PublishedSides = [undefined, undefined],
): TensorDifference {
  const pairing = new Pairing(a, b)
  pairNames(pairing)
  const stacks = pairPublished(pairing, published)
  pairPrefixes(pairing)
  pairFamilies(pairing)
  pairBlocks(pairing)
  pairBodies(pairing)
  pairBlocks(pairing)
  let rules = proposeRenames(pairing)
  if (rules.rules.length > 0 && pairByRules(pairing, rules)) rules = proposeRenames(pairing)
  const changes = changesOf(pairing)
  const { a: ours, b: theirs } = pairing
  const found = findFusions(
    { tensors: ours, alone: pairing.aloneInA() },
    { tensors: theirs, alone: pairing.aloneInB() },
    () => moduleNames(pairing),
  )
  const fusions = [...stacks, ...found]
  const [fusedA, fusedB] = namesOf(found)
  const isIn = (fused: ReadonlySet<string>, name: string) => fused.size > 0 && fused.has(name)
  const aloneA = pairing.aloneInA().filter((index) => !isIn(fusedA, ours.name(index)))
  const aloneB = pairing.aloneInB().filter((index) => !isIn(fusedB, theirs.name(index)))
  const nameOfA = (index: number) => {
    const partner = pairing.partnerOfA(index)
    return partner < 0 ? rules.apply(ours.name(index)) : theirs.name(partner)
  }
  const blocks = blockCounts(
    { length: ours.length, nameOf: nameOfA },
    { length: theirs.length, nameOf: (index) => theirs.name(index) },
    [...aloneA.map(nameOfA), ...aloneB.map((index) => theirs.name(index))],
  )
  return {
    typesNotRecorded: typesNotRecorded(pairing),
    matched: pairing.pairs,
    changed: changes.length,
    renames: renamesOf(pairing, rules),
    rules,
    changes,
    fusions,
    blocks: blocks.counts,
    onlyA: loneTensors(ours, aloneA, (index) => blocks.isExtra(nameOfA(index))),
    onlyB: loneTensors(theirs, aloneB, (index) => blocks.isExtra(theirs.name(index))),
    values: compareValues(a, b, (name) => rules.apply(name)),
    maybeTransposed: maybeTransposed(pairing),
    pairing,
  }
}

function typesNotRecorded(pairing: Pairing): ('a' | 'b')[] {
  const sides = { a: false, b: false }
  const [typesA, typesB] = [
    pairing.a.inspection.table.columns.dtypes,
    pairing.b.inspection.table.columns.dtypes,
  ]
  pairing.forEach((index, partner) => {
    sides.a ||= typesA[index] === unrecordedType
    sides.b ||= typesB[partner] === unrecordedType
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
  if (pairing.renamed > 0)
    for (const [name, partner] of pairing.names()) {
      if (partner === name) continue
      let [a, b] = [parentOf(name), parentOf(partner)]
      for (let up = 0; up < 3 && !names.has(a); up++) {
        names.set(a, b)
        ;[a, b] = [parentOf(a), parentOf(b)]
      }
    }
  return (path) => names.get(path) ?? path
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')))
}

function changesOf(pairing: Pairing): TensorChange[] {
  const { a, b } = pairing
  const { ties } = a.inspection.table.columns
  // Partners of the tensors that others are tied to.
  const tied = new Set(ties.values())
  const partnerName = new Map<string, string>()
  if (tied.size > 0)
    pairing.forEach((index, partner) => {
      const name = a.name(index)
      if (tied.has(name)) partnerName.set(name, b.name(partner))
    })
  const same = new SameTensors(a.inspection, b.inspection)
  const changes: TensorChange[] = []
  pairing.forEach((index, partner) => {
    if (same.hasNoChange(index, partner)) return
    const tiedTo = ties.get(index) ?? null
    const tie = tiedTo === null ? null : (partnerName.get(tiedTo) ?? tiedTo)
    const change = tensorChange(a.inspection.tensor(index), b.inspection.tensor(partner), tie)
    if (change !== null) changes.push(change)
  })
  return changes
}

/** The rules with what they did. Rules that keep a name from another rule are told too, as the map needs them. */
function renamesOf(pairing: Pairing, rules: RenameRules): Rename[] {
  const counts = rules.rules.map(() => 0)
  const means: Means[] = rules.rules.map(() => 'name itself')
  if (rules.rules.length === 0) return []
  pairing.forEach((index) => {
    const position = rules.ruleOf(pairing.a.name(index))
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
