import type { DType } from '../model/tensors/dtype.ts'
import type { ValueDistance } from '../model/values/value-distance.ts'
import type { Difference, ValueDifference } from './difference.ts'
import { type ComparedNames, valueSummary } from './value-summary.ts'

type NamePair = readonly [a: string, b: string]

/** A pair whose values have to be read for how far apart they are. */
export interface OpenPair {
  readonly a: string
  readonly b: string
  /** The dimensions of `b` in the order of those of `a`, where they are swapped. */
  readonly order?: readonly number[]
}

/** What is known of the values of both sides. */
export interface KnownValues {
  /** The digest of each tensor of the two sides, by name. */
  readonly digests: readonly [a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>]
  /** How far pairs are apart, by their names in `a`: of those that `openPairs` gives, as many as could be read. */
  readonly distances?: ReadonlyMap<string, ValueDistance>
}

/** Pairs that digests leave open: other values, another type, or swapped dimensions. */
export function openPairs(
  pairs: readonly NamePair[],
  { changes }: Pick<Difference, 'changes'>,
  [a, b]: KnownValues['digests'],
): OpenPair[] {
  const changed = new Map(changes.map((change) => [change.a, change]))
  return pairs.flatMap(([nameA, nameB]): OpenPair[] => {
    const change = changed.get(nameA)
    if (change?.quantised !== undefined || change?.representation !== undefined) return []
    if (change?.shape !== undefined) {
      const order = change.shape.how === 'transposed' ? swapOf(change.shape.a, change.shape.b) : null
      return order === null ? [] : [{ a: nameA, b: nameB, order }]
    }
    return change?.dtype === undefined && a.get(nameA) === b.get(nameB) ? [] : [{ a: nameA, b: nameB }]
  })
}

/** Which two dimensions are swapped: those of other sizes. */
function swapOf(a: readonly number[], b: readonly number[]): number[] | null {
  const [i, j, ...rest] = [...a.keys()].filter((at) => a[at] !== b[at])
  if (i === undefined || j === undefined || rest.length > 0) return null
  return [...a.keys()].map((at) => (at === i ? j : at === j ? i : at))
}

/** What the values of two sides come to beside each other. */
export function valueDifference(
  pairs: readonly NamePair[],
  tensors: Pick<Difference, 'changes' | 'onlyA' | 'onlyB' | 'fusions'>,
  { digests: [a, b], distances }: KnownValues,
  names: ComparedNames,
): ValueDifference {
  // A digest is of the type and shape too.
  const other = new Set(
    tensors.changes.filter(({ shape, dtype }) => shape ?? dtype).map((change) => change.a),
  )
  const [different, alike]: [Different[], Alike[]] = [[], []]
  let [same, notComparable] = [0, 0]
  for (const [nameA, nameB] of pairs) {
    const distance = distances?.get(nameA)
    if (!other.has(nameA) && a.get(nameA) === b.get(nameB)) same++
    else if (distance === undefined && other.has(nameA)) notComparable++
    else if (distance !== undefined && distance.differing === 0 && other.has(nameA))
      alike.push({ a: nameA, b: nameB, roundedTo: null })
    else if (distance?.roundedTo !== undefined && other.has(nameA))
      alike.push({ a: nameA, b: nameB, roundedTo: distance.roundedTo })
    else different.push({ a: nameA, b: nameB, ...(distance && { distance }) })
  }
  different.sort((one, two) => apart(two) - apart(one))
  const summary = valueSummary(
    pairs,
    { tensors, same, alike, different, notComparable, digests: [a, b] },
    names,
  )
  return { same, different, notComparable, ...(alike.length > 0 && { alike }), ...(summary && { summary }) }
}

type Different = ValueDifference['different'][number]
type Alike = { readonly a: string; readonly b: string; readonly roundedTo: DType | null }

/** The farthest apart stand first; those of one distance as the pairs came. */
function apart({ distance }: Different): number {
  if (distance === undefined) return -1
  if (distance.notFinite > 0) return Number.POSITIVE_INFINITY
  return distance.relativeL2 ?? Number.MAX_VALUE
}
