import { sameDimensions } from '../shape-change.ts'
import { NameTails } from './name-tails.ts'
import type { Pairing } from './pairing.ts'

interface Votes {
  readonly pairs: (readonly [number, number])[]
  /** Of the prefixes in `a` and in `b`. */
  readonly lengths: readonly [number, number]
}

/**
 * Pairs tensors whose names are the same but for their first segments: a prefix that was added, stripped or
 * replaced. Each pair of prefixes needs two tensors that agree on it, or all there are. The one that most
 * agree on goes first.
 */
export function pairPrefixes(pairing: Pairing): void {
  const aloneA = pairing.aloneInA()
  const aloneB = pairing.aloneInB()
  if (aloneA.length === 0 || aloneB.length === 0) return
  const ballots = new Map<string, Votes>()
  const tailsOfA = new NameTails(aloneA, (index) => pairing.a.name(index))
  const tailsOfB = new NameTails(aloneB, (index) => pairing.b.name(index))
  for (const { index: indexOfB, begin } of tailsOfB.own()) {
    const nameB = pairing.b.name(indexOfB)
    const owner = tailsOfA.ownerOf(nameB, begin)
    if (owner === null) continue
    const indexOfA = owner.index
    const tail = nameB.slice(begin)
    const [prefixA, prefixB] = [pairing.a.name(indexOfA).slice(0, owner.begin), nameB.slice(0, begin)]
    // A longer tail says the same with shorter prefixes.
    if (prefixA !== '' && prefixB !== '' && lastSegment(prefixA) === lastSegment(prefixB)) continue
    // `weight` alone is the end of half of all names.
    if (prefixA !== '' && prefixB !== '' && !tail.includes('.')) continue
    if (!sameDimensions(pairing.a.shape(indexOfA), pairing.b.shape(indexOfB))) continue
    // The length first: no prefix can look like two.
    const key = `${prefixA.length} ${prefixA}${prefixB}`
    const votes = ballots.get(key)
    if (votes !== undefined) votes.pairs.push([indexOfA, indexOfB])
    else
      ballots.set(key, {
        pairs: [[indexOfA, indexOfB]],
        lengths: [prefixA.length, prefixB.length],
      })
  }
  const enough = Math.min(2, aloneA.length, aloneB.length)
  const sorted = [...ballots.values()]
    .filter(({ pairs }) => pairs.length >= enough)
    .sort((x, y) => y.pairs.length - x.pairs.length || lengthOf(x) - lengthOf(y))
  for (const votes of sorted)
    if (!countsFromAnother(pairing, votes)) for (const [a, b] of votes.pairs) pairing.pair(a, b, 'prefix')
}

const lengthOf = ({ lengths: [a, b] }: Votes): number => a + b

/**
 * Whether the lists of blocks in these names are counted from another number: each side has blocks of the same names under
 * numbers that the other has not, as where embeddings are number 0 of one list, or where one list of blocks is a list for
 * each stage on the other side. Their numbers mean other blocks then.
 */
function countsFromAnother(pairing: Pairing, { pairs, lengths }: Votes): boolean {
  const [aloneA, aloneB] = [pairing.aloneInA(), pairing.aloneInB()]
  if (aloneA.length === pairs.length || aloneB.length === pairs.length) return false
  const lists: (readonly [string, string])[] = []
  for (const [a, b] of pairs) {
    const [nameA, nameB] = [pairing.a.name(a), pairing.b.name(b)]
    // Of the first number, and of the first that both have.
    for (const [fromA, fromB] of [[0, 0], lengths] as const) {
      const [listA, listB] = [listOf(nameA, fromA), listOf(nameB, fromB)]
      if (listA !== null && listB !== null) lists.push([listA, listB])
    }
  }
  if (lists.length === 0) return false
  const [paired, partners] = [new Set(pairs.map(([a]) => a)), new Set(pairs.map(([, b]) => b))]
  const rest = (alone: readonly number[], known: ReadonlySet<number>, nameOf: (index: number) => string) =>
    new Set(alone.flatMap((index) => (known.has(index) ? [] : listsOf(nameOf(index)))))
  const moreInA = rest(aloneA, paired, (index) => pairing.a.name(index))
  if (moreInA.size === 0) return false
  const moreInB = rest(aloneB, partners, (index) => pairing.b.name(index))
  return lists.some(([listA, listB]) => moreInA.has(listA) && moreInB.has(listB))
}

const longestName = 1_000

/** A name without its first number from there on: the list that its block is in, and what is in the block. null for a name in none. */
function listOf(name: string, from: number): string | null {
  if (name.length > longestName) return null
  const number = /(?<=^|\.)(?:0|[1-9][0-9]*)(?=\.)/g
  number.lastIndex = from
  const found = number.exec(name)
  return found === null ? null : withoutNumber(name, found)
}

/** The same for each of its numbers, of which a name in lists of lists has several. */
function listsOf(name: string): string[] {
  if (name.length > longestName) return []
  return [...name.matchAll(/(?<=^|\.)(?:0|[1-9][0-9]*)(?=\.)/g)].map((found) => withoutNumber(name, found))
}

function withoutNumber(name: string, { 0: digits, index }: RegExpMatchArray): string {
  const at = index ?? 0
  return `${name.slice(0, at)}#${name.slice(at + digits.length)}`
}

/** `b` of `a.b.`. */
function lastSegment(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('.', prefix.length - 2) + 1)
}
