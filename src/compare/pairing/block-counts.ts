import type { BlockCount } from '../difference.ts'
import { foldNames, templateOf } from '../fold-names.ts'

/** A list of blocks in one state dict: number to what the block holds, as names relative to it. */
type Blocks = Map<number, string[]>

/** Blocks that one side has and the other has not. */
export interface BlockChanges {
  readonly counts: readonly BlockCount[]
  /** Whether a tensor is in a block the other side has not. */
  isExtra(name: string): boolean
}

/** Names that are made when they are asked for. */
interface Names {
  readonly length: number
  readonly nameOf: (index: number) => string
}

/**
 * Lists of blocks (`layers.0`, `layers.1`, …) that are longer on one side. A list counts when the shorter
 * side has no number of its own, and what is added looks like a block that is there already.
 *
 * @param namesA all names of `a`, as `b` would call them
 * @param alone names without a partner: only their lists are looked at
 */
export function blockCounts(namesA: Names, namesB: Names, alone: readonly string[]): BlockChanges {
  const wanted = new Set<string>()
  for (const name of alone) for (const { list } of placesOf(name)) wanted.add(list)
  const listsA = blocksOf(namesA, wanted)
  // A list is told of where both sides have it.
  const listsB = blocksOf(namesB, new Set(listsA.keys()))
  const changes = new Map<string, { a: Blocks; b: Blocks; onlyA: number[]; onlyB: number[] }>()
  for (const list of wanted) {
    const [a, b] = [listsA.get(list), listsB.get(list)]
    if (a === undefined || b === undefined) continue
    const [onlyA, onlyB] = [missingFrom(b, a), missingFrom(a, b)]
    if (onlyA.length > 0 === onlyB.length > 0) continue
    const [longer, extra] = onlyA.length > 0 ? [a, onlyA] : [b, onlyB]
    if (lookLikeOthers(longer, extra)) changes.set(list, { a, b, onlyA, onlyB })
  }
  const folded = foldNames(
    [...changes],
    ([list]) => list,
    ([, { a, b, onlyA, onlyB }]) => `${a.size} ${b.size} ${onlyA} ${onlyB}`,
  )
  const extra = new Map([...changes].map(([list, { onlyA, onlyB }]) => [list, new Set([...onlyA, ...onlyB])]))
  return {
    counts: folded.flatMap(({ label, items }) => {
      const [first] = items
      if (first === undefined) return []
      const [, { a, b, onlyA, onlyB }] = first
      return [{ path: label, a: a.size, b: b.size, onlyA, onlyB }]
    }),
    isExtra: (name) =>
      extra.size > 0 && placesOf(name).some(({ list, number }) => extra.get(list)?.has(number)),
  }
}

interface Place {
  readonly list: string
  readonly number: number
  /** The rest of the name. */
  readonly below: string
}

/** The lists a name is in: `layers` 3 and `layers.3.experts` 0 for `layers.3.experts.0.w`. */
function placesOf(name: string): Place[] {
  const template = templateOf(name)
  if (template === null || template.numbers.length === 0) return []
  const segments = name.split('.')
  const places: Place[] = []
  template.text.split('.').forEach((segment, at) => {
    if (segment !== '#' || at === 0) return
    const list = segments.slice(0, at).join('.')
    places.push({ list, number: Number(segments[at]), below: segments.slice(at + 1).join('.') })
  })
  return places
}

function blocksOf(names: Names, wanted: ReadonlySet<string>): ReadonlyMap<string, Blocks> {
  const lists = new Map<string, Blocks>()
  if (wanted.size === 0) return lists
  for (let index = 0; index < names.length; index++)
    for (const { list, number, below } of placesOf(names.nameOf(index))) {
      if (!wanted.has(list)) continue
      let blocks = lists.get(list)
      if (blocks === undefined) {
        blocks = new Map()
        lists.set(list, blocks)
      }
      const block = blocks.get(number)
      if (block === undefined) blocks.set(number, [below])
      else block.push(below)
    }
  return lists
}

function missingFrom(blocks: Blocks, other: Blocks): number[] {
  return [...other.keys()].filter((number) => !blocks.has(number)).sort((x, y) => x - y)
}

function lookLikeOthers(blocks: Blocks, extra: readonly number[]): boolean {
  const isExtra = new Set(extra)
  const known = new Set<string>()
  for (const [number, below] of blocks) if (!isExtra.has(number)) known.add(contentOf(below))
  return extra.every((number) => known.has(contentOf(blocks.get(number) ?? [])))
}

const contentOf = (below: readonly string[]): string => [...below].sort().join(' ')
