import { editDistance, nearest } from './edit-distance.ts'
import { compilePattern } from './pattern.ts'

const mostKinds = 2_000
const mostSegments = 100
/** Words of names that a mistyped one is compared with, and the length of what is compared. */
const mostWords = 1_000
const mostSpelled = 200
/** Names tried one by one, after one of each kind. */
const mostTried = 10_000
/** Characters of names times those of the pattern: what a matcher may take for all of them. */
const mostMatching = 20_000_000
/** Pairs of segments that are compared, and pairs of their characters: a suggestion is a help, and may be missed. */
const mostPairs = 1_000_000
const mostCharacterPairs = 4_000_000
/** Segments that have nothing in common. */
const unlike = 2

/**
 * A pattern that fits some of `names` and was probably meant by `pattern`, which fits none of them; undefined
 * when none is near. First the two slips everybody makes are tried: a module without what is under it
 * (`encoder` for `encoder.**`) and a leaf without what is above it (`bias` for `**.bias`).
 */
export function suggestPattern(pattern: string, names: readonly string[]): string | undefined {
  const kinds = kindsOf(names)
  const tried = fewOf([...kinds.values(), ...names.slice(0, mostTried)], mostMatching / (pattern.length + 10))
  for (const candidate of [`${pattern}.**`, `**.${leafOf(pattern)}`, `**.${leafOf(pattern)}.**`]) {
    if (candidate.length > 1_000) continue
    const matches = compilePattern(candidate)
    if (tried.some(matches)) return candidate
  }
  const wanted = pattern.split('.')
  if (wanted.length > mostSegments) return undefined
  const spelled = respelled(wanted, kinds.keys())
  if (spelled !== undefined && tried.some(compilePattern(spelled))) return spelled
  const costs = new SegmentCosts(wanted)
  let best: string | undefined
  let least = wanted.length * 0.6 + 0.4
  for (const kind of kinds.keys()) {
    if (costs.isSpent) break
    const cost = alignmentCost(costs, kind.split('.'), least)
    if (cost >= least) continue
    least = cost
    best = kind
  }
  return best
}

/** A pattern with its wildcards, whose mistyped words are those of names: `**.weight` of `**.weigth`. */
function respelled(wanted: readonly string[], names: Iterable<string>): string | undefined {
  if (!wanted.some((segment) => /[*?{[]/.test(segment)) || wanted.join('.').length > mostSpelled)
    return undefined
  const words = new Set<string>()
  for (const name of names)
    for (const word of name.split('.'))
      if (words.size < mostWords && word.length <= mostSpelled) words.add(word)
  const spelled = wanted.map((segment) =>
    /^[\w-]*[a-z][\w-]*$/i.test(segment) && !words.has(segment)
      ? (nearest(segment, words) ?? segment)
      : segment,
  )
  return spelled.some((segment, i) => segment !== wanted[i]) ? spelled.join('.') : undefined
}

/** The first names, of at most `characters` together. */
function fewOf(names: readonly string[], characters: number): readonly string[] {
  let left = characters
  const end = names.findIndex((name) => {
    left -= name.length
    return left < 0
  })
  return end < 0 ? names : names.slice(0, end)
}

/** `bias` of `*.bias`, where somebody took `*` for `**`. */
function leafOf(pattern: string): string {
  return pattern.replace(/^(?:\*\.)+/, '')
}

/** Names with their numbers made `*`, and a name for each: a model of a thousand layers has a few dozen kinds of names. */
function kindsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>()
  for (const name of names) {
    if (kinds.size >= mostKinds) break
    if (name.length > 1_000 || /[*?[\]{}\\]/.test(name)) continue
    const kind = name.replace(/(?<![^.])\d+(?![^.])/g, '*')
    if (!kinds.has(kind)) kinds.set(kind, name)
  }
  return kinds
}

/**
 * What it takes to make one list of segments the other: a segment too many or too few costs 1, a mistyped one its share.
 * Any number of at least `most` when it is no less.
 */
function alignmentCost(costs: SegmentCosts, found: readonly string[], most: number): number {
  if (found.length > mostSegments) return most
  let above = found.map((_, j) => j + 1)
  above.unshift(0)
  for (const [i, segment] of costs.wanted.entries()) {
    const isAny = segment === '**'
    const row = [i + 1]
    let least = i + 1
    for (const [j, other] of found.entries()) {
      const cost = Math.min(
        (above[j] as number) + costs.of(i, other),
        (above[j + 1] as number) + (isAny ? 0 : 1),
        (row[j] as number) + (isAny ? 0 : 0.6),
      )
      row.push(cost)
      if (cost < least) least = cost
    }
    if (least >= most) return most
    above = row
  }
  return above[found.length] as number
}

/** How unlike each segment of a pattern is to segments of names: from 0, the same, to 2, nothing alike. */
class SegmentCosts {
  readonly wanted: readonly string[]
  readonly #known: readonly Map<string, number>[]
  #pairs = 0
  #characterPairs = 0

  constructor(wanted: readonly string[]) {
    this.wanted = wanted
    const bySegment = new Map(wanted.map((segment) => [segment, new Map<string, number>()]))
    this.#known = wanted.map((segment) => bySegment.get(segment) as Map<string, number>)
  }

  /** Whether so much was compared that it has to be enough. */
  get isSpent(): boolean {
    return this.#pairs > mostPairs
  }

  of(index: number, found: string): number {
    this.#pairs++
    const wanted = this.wanted[index] as string
    if (wanted === found || wanted === '*' || wanted === '**') return 0
    const known = this.#known[index] as Map<string, number>
    let cost = known.get(found)
    if (cost === undefined) {
      cost = this.#measured(wanted, found)
      known.set(found, cost)
    }
    return cost
  }

  #measured(wanted: string, found: string): number {
    if (found === '*') return /^(?:\d+|\{.*|\[.*)$/.test(wanted) ? 0 : unlike
    this.#characterPairs += wanted.length * found.length
    if (this.#characterPairs > mostCharacterPairs) return unlike
    const longest = Math.max(wanted.length, found.length)
    const most = Math.ceil(longest / 2)
    const distance = editDistance(wanted, found, most)
    return distance > most ? unlike : (distance / longest) * 1.2
  }
}
