import { isHeadName } from '../model/names/role-order.ts'
import type { Difference, ValueDifference, ValueSummary } from './difference.ts'
import { templateOf } from './fold-names.ts'

/** Names of the tensors of both sides, in their order. */
export interface ComparedNames {
  readonly a: readonly string[]
  readonly b: readonly string[]
  /** Packed weights without a partner, and the weights that they are of. */
  readonly packed?: readonly NamePair[]
  /** Entries that are no tensors and hold some, of the same types and shapes on both sides. */
  readonly entries?: readonly NamePair[]
}

interface Found extends Required<Pick<ValueDifference, 'same' | 'different' | 'notComparable' | 'alike'>> {
  readonly tensors: Pick<Difference, 'onlyA' | 'onlyB' | 'fusions' | 'changes'>
  readonly digests: readonly [a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>]
}

type NamePair = readonly [a: string, b: string]

/** What the difference of values comes to in one line, where it comes to something that has a name. */
export function valueSummary(
  pairs: readonly NamePair[],
  found: Found,
  names: ComparedNames,
): ValueSummary | null {
  const { same, different, alike, notComparable, tensors } = found
  if (pairs.length === 0 || notComparable > 0) return null
  // What quantisation leaves is told with how far it is.
  if (alike.some(({ distance }) => distance !== undefined)) return null
  const { onlyA, onlyB, fusions, changes } = tensors
  if (different.length === 0 && alike.length === 0) {
    const isAll = onlyA.length + onlyB.length + fusions.length === 0
    if (!isAll) return sameUnderOtherNames(found) ? { what: 'other names', tensors: names.a.length } : null
    if (isInOrder(pairs, names)) return null
    return { what: 'other order', tensors: pairs.length }
  }
  if (onlyA.length + onlyB.length + fusions.length > 0) return null
  if (different.every(({ distance }) => distance?.roundedTo !== undefined)) {
    const inOneType = different.flatMap(({ distance }) => distance?.roundedTo ?? [])
    const rounded = [...alike.flatMap(({ roundedTo }) => roundedTo ?? []), ...inOneType]
    const [only, ...rest] = new Set(rounded)
    if (rest.length > 0) return null
    if (only === undefined) {
      // A transpose of the same numbers says so in its own line.
      const isOfTypes = changes.every(({ shape }) => shape === undefined)
      return isOfTypes ? { what: 'other type', tensors: alike.length } : null
    }
    const equal = alike.length + different.length - rounded.length + same
    return { what: 'rounded', to: only, tensors: rounded.length, equal }
  }
  if (alike.length > 0 || changes.some(({ shape, dtype }) => shape ?? dtype)) return null
  return targets(pairs, different, same) ?? onePart(different, same)
}

function isInOrder(pairs: readonly NamePair[], { a, b }: ComparedNames): boolean {
  const partners = new Map(pairs)
  return a.every((name, at) => partners.get(name) === b[at])
}

/** Whether what has no partner by name holds the same values as what has none on the other side. */
function sameUnderOtherNames({ tensors, digests: [a, b] }: Found): boolean {
  const { onlyA, onlyB, fusions } = tensors
  if (fusions.length > 0 || onlyA.length !== onlyB.length) return false
  const of = (lone: Found['tensors']['onlyA'], digests: ReadonlyMap<string, string>) =>
    lone.map(({ name }) => digests.get(name) ?? '').sort()
  const [first, second] = [of(onlyA, a), of(onlyB, b)]
  return first.every((digest, at) => digest !== '' && digest === second[at])
}

/** One module holds all that changed, and there is more. */
function onePart(different: ValueDifference['different'], same: number): ValueSummary | null {
  const [first, ...rest] = different.map(({ b }) => b.split('.').slice(0, -1))
  if (first === undefined || same === 0) return null
  let common = first.length
  for (const path of rest)
    while (common > 0 && first.slice(0, common).some((segment, at) => path[at] !== segment)) common--
  if (common === 0) return null
  const module = first.slice(0, common).join('.')
  const isHead = isHeadName(first[common - 1] as string, common === 1)
  return { what: 'one part', module, isHead, tensors: different.length, same }
}

/** `q_proj` of `layers.#.q_proj.weight`. */
function layerOf(template: string): string {
  return template.split('.').at(-2) as string
}

/** Which layers changed in all of the blocks alike, and nothing else: what merging an adapter leaves. */
function targets(
  pairs: readonly NamePair[],
  different: ValueDifference['different'],
  same: number,
): ValueSummary | null {
  const sizes = new Map<string, number>()
  for (const [, name] of pairs) {
    const template = templateOf(name)?.text
    if (template !== undefined) sizes.set(template, (sizes.get(template) ?? 0) + 1)
  }
  const changed = new Map<string, number>()
  for (const { b } of different) {
    const template = templateOf(b)?.text
    if (template?.includes('#') !== true || !template.endsWith('.weight')) return null
    changed.set(template, (changed.get(template) ?? 0) + 1)
  }
  const counts = new Set(changed.values())
  const [blocks] = counts
  if (blocks === undefined || blocks < 2 || same === 0) return null
  for (const [template, count] of changed) if (sizes.get(template) !== count) return null
  // Something in the same blocks has to be as it was: else it is training of all of them.
  const stems = new Set([...changed.keys()].map((template) => template.slice(0, template.lastIndexOf('#'))))
  const isBeside = [...sizes.keys()].some(
    (template) => !changed.has(template) && stems.has(template.slice(0, template.lastIndexOf('#'))),
  )
  if (!isBeside) return null
  const layers = new Set(
    [...sizes.keys()].flatMap((template) => (changed.has(template) ? [layerOf(template)] : [])),
  )
  return {
    what: 'targets',
    layers: [...layers],
    blocks: Math.max(...counts),
    tensors: different.length,
    same,
  }
}
