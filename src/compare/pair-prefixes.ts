import type { TensorReport } from '../model/report.ts'
import type { Pairing } from './pairing.ts'
import { sameDimensions } from './shape-change.ts'

/** Segments a prefix may have. Wrappers nest two or three deep. */
const longestPrefix = 6

/** Marks a tail that several names have. */
const several = -1

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
  const tailsOfA = tails(pairing.a, aloneA)
  for (const [tail, indexOfB] of tails(pairing.b, aloneB)) {
    const indexOfA = tailsOfA.get(tail) ?? several
    if (indexOfA === several || indexOfB === several) continue
    const a = pairing.a[indexOfA] as TensorReport
    const b = pairing.b[indexOfB] as TensorReport
    const [prefixA, prefixB] = [a.name, b.name].map((name) => name.slice(0, name.length - tail.length)) as [
      string,
      string,
    ]
    // A longer tail says the same with shorter prefixes.
    if (prefixA !== '' && prefixB !== '' && lastSegment(prefixA) === lastSegment(prefixB)) continue
    // `weight` alone is the end of half of all names.
    if (prefixA !== '' && prefixB !== '' && !tail.includes('.')) continue
    if (!sameDimensions(a.shape, b.shape)) continue
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

/** Every name without its first segments, none to `longestPrefix` of them, and whose it is. */
function tails(tensors: readonly TensorReport[], indices: readonly number[]): Map<string, number> {
  const owners = new Map<string, number>()
  for (const index of indices) {
    const name = tensors[index]?.name ?? ''
    for (let begin = 0, dropped = 0; dropped <= longestPrefix; dropped++) {
      const tail = name.slice(begin)
      owners.set(tail, owners.has(tail) ? several : index)
      const dot = name.indexOf('.', begin)
      if (dot < 0) break
      begin = dot + 1
    }
  }
  return owners
}

/** `b` of `a.b.`. */
function lastSegment(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('.', prefix.length - 2) + 1)
}
