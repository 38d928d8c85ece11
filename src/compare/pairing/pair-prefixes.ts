import { sameDimensions } from '../shape-change.ts'
import { NameTails } from './name-tails.ts'
import type { Pairing } from './pairing.ts'

interface Votes {
  readonly pairs: (readonly [number, number])[]
  readonly lengthOfPrefixes: number
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
        lengthOfPrefixes: prefixA.length + prefixB.length,
      })
  }
  const enough = Math.min(2, aloneA.length, aloneB.length)
  const sorted = [...ballots.values()]
    .filter(({ pairs }) => pairs.length >= enough)
    .sort((x, y) => y.pairs.length - x.pairs.length || x.lengthOfPrefixes - y.lengthOfPrefixes)
  for (const { pairs } of sorted)
    if (!countsFromAnother(pairing, pairs)) for (const [a, b] of pairs) pairing.pair(a, b, 'prefix')
}

/**
 * Whether the lists of blocks in these names are counted from another number: each side has blocks of the same names under
 * numbers that the other has not, as where embeddings are number 0 of one list. Their numbers mean other blocks then.
 */
function countsFromAnother(pairing: Pairing, pairs: Votes['pairs']): boolean {
  const [aloneA, aloneB] = [pairing.aloneInA(), pairing.aloneInB()]
  if (aloneA.length === pairs.length || aloneB.length === pairs.length) return false
  const [first] = pairs
  if (first === undefined) return false
  const lists = new Map<string, string>()
  for (const [a, b] of pairs) {
    const [listA, listB] = [listOf(pairing.a.name(a)), listOf(pairing.b.name(b))]
    if (listA !== null && listB !== null) lists.set(listA, listB)
  }
  if (lists.size === 0) return false
  const [paired, partners] = [new Set(pairs.map(([a]) => a)), new Set(pairs.map(([, b]) => b))]
  const rest = (alone: readonly number[], known: ReadonlySet<number>, nameOf: (index: number) => string) =>
    new Set(alone.flatMap((index) => (known.has(index) ? [] : (listOf(nameOf(index)) ?? []))))
  const moreInA = rest(aloneA, paired, (index) => pairing.a.name(index))
  if (moreInA.size === 0) return false
  const moreInB = rest(aloneB, partners, (index) => pairing.b.name(index))
  for (const [listA, listB] of lists) if (moreInA.has(listA) && moreInB.has(listB)) return true
  return false
}

/** A name without its first number: the list that its block is in, and what is in the block. null for a name in none. */
function listOf(name: string): string | null {
  const found = name.length > 1_000 ? null : /(?:^|\.)(?:0|[1-9][0-9]*)(?=\.)/.exec(name)
  return found === null ? null : `${name.slice(0, found.index)}.#${name.slice(found.index + found[0].length)}`
}

/** `b` of `a.b.`. */
function lastSegment(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('.', prefix.length - 2) + 1)
}
