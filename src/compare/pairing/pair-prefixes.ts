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
  for (const { pairs } of sorted) for (const [a, b] of pairs) pairing.pair(a, b, 'prefix')
}

/** `b` of `a.b.`. */
function lastSegment(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('.', prefix.length - 2) + 1)
}
