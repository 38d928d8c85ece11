import type { TensorReport } from '../model/report.ts'
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
    // What a packed weight stands for has another shape than what is stored.
    if (change?.quantised !== undefined) return [{ a: nameA, b: nameB }]
    if (change?.shape !== undefined) {
      const order = change.shape.how === 'transposed' ? swapOf(change.shape.a, change.shape.b) : null
      return order === null ? [] : [{ a: nameA, b: nameB, order }]
    }
    const isAlike = change?.dtype === undefined && change?.representation === undefined
    return isAlike && a.get(nameA) === b.get(nameB) ? [] : [{ a: nameA, b: nameB }]
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
    tensors.changes
      .filter(({ shape, dtype, quantised, representation }) => shape ?? dtype ?? quantised ?? representation)
      .map((change) => change.a),
  )
  const { packed = [] } = names
  for (const [nameA] of packed) other.add(nameA)
  const [different, alike]: [Different[], Alike[]] = [[], []]
  let [same, notComparable] = [0, 0]
  for (const [nameA, nameB] of [...pairs, ...packed]) {
    const distance = distances?.get(nameA)
    if (!other.has(nameA) && a.get(nameA) === b.get(nameB)) same++
    else if (distance === undefined && other.has(nameA)) notComparable++
    else if (distance !== undefined && distance.differing === 0 && other.has(nameA))
      alike.push({ a: nameA, b: nameB, roundedTo: null })
    else if (distance?.roundedTo !== undefined && other.has(nameA))
      alike.push({ a: nameA, b: nameB, roundedTo: distance.roundedTo })
    else if (distance !== undefined && isWithinSteps(distance))
      alike.push({ a: nameA, b: nameB, roundedTo: null, distance })
    else different.push({ a: nameA, b: nameB, ...(distance && { distance }) })
  }
  for (const [nameA, nameB] of names.entries ?? [])
    if (a.get(nameA) !== b.get(nameB)) different.push({ a: nameA, b: nameB })
  different.sort((one, two) => apart(two) - apart(one))
  const summary = valueSummary(
    pairs,
    { tensors, same, alike, different, notComparable, digests: [a, b] },
    names,
  )
  return { same, different, notComparable, ...(alike.length > 0 && { alike }), ...(summary && { summary }) }
}

type Different = ValueDifference['different'][number]
type Alike = NonNullable<ValueDifference['alike']>[number]

/**
 * Of a quantised weight and what it may be of: rounding to the nearest leaves 0.29 of a step, and what spreads the error over others, as
 * GPTQ and HQQ do, up to twice that. Weights that have nothing to do with each other are farther apart than they are large.
 */
const [mostSteps, mostRelative] = [0.6, 0.75]

function isWithinSteps({ steps, relativeL2, notFinite }: ValueDistance): boolean {
  if (steps === undefined || relativeL2 === null || notFinite > 0) return false
  return steps <= mostSteps && relativeL2 <= mostRelative
}

/** The name of the weight that a stored tensor of a layout is of. */
function weightOf(name: string): string {
  return name.replace(
    /(?<=^|\.)(?:qweight|W_q|weight_packed|weight\._data(?:\._data)?|_weight_qdata|weight_qdata)$/,
    'weight',
  )
}

/** Packed weights without a partner of their name, and the weights of the same modules: `qweight` and `weight`. */
export function packedPairs(
  a: Iterable<PackedName>,
  b: Iterable<PackedName>,
  renamed: (name: string) => string,
): NamePair[] {
  const byWeight = new Map(Array.from(b, (one) => [weightOf(one.name), one] as const))
  return Array.from(a).flatMap((one): NamePair[] => {
    const other = byWeight.get(renamed(weightOf(one.name)))
    const isPacked = one.quantised !== undefined || other?.quantised !== undefined
    return other === undefined || !isPacked || other.name === one.name ? [] : [[one.name, other.name]]
  })
}

type PackedName = Pick<TensorReport, 'name' | 'quantised'>

/** The farthest apart stand first; those of one distance as the pairs came. */
function apart({ distance }: Different): number {
  if (distance === undefined) return -1
  if (distance.notFinite > 0) return Number.POSITIVE_INFINITY
  return distance.relativeL2 ?? Number.MAX_VALUE
}
