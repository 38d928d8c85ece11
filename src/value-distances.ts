import { isSdinspectError } from './errors.ts'
import { type DType, dtypes } from './model/tensors/dtype.ts'
import type { ValueDistance } from './model/values/value-distance.ts'
import type { OpenCheckpoint } from './open.ts'
import { distanceBetween } from './values/distance.ts'
import { areDoubles, doublesOf } from './values/doubles.ts'

/** A tensor of each side whose values are to be compared. */
export interface DistancePair {
  readonly a: string
  readonly b: string
  /** The dimensions of `b` in the order of those of `a`; absent where that is their own. */
  readonly order?: readonly number[]
}

export interface DistanceSide {
  readonly opened: OpenCheckpoint
  /** Path of the state dict. */
  readonly stateDict: string
}

/** Elements of a window: whole bytes of every type, and a multiple of what windows begin at. */
const windowElements = 48 * 8_192

/**
 * How far the values of pairs are apart, by the names in `a`. Left out: values that are no numbers by themselves, and
 * those that are stored in a way that cannot be read as they would have to be.
 *
 * @throws SdinspectError what reading throws; the reason of `signal`
 */
export async function valueDistances(
  a: DistanceSide,
  b: DistanceSide,
  pairs: Iterable<DistancePair>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ValueDistance>> {
  const [typesA, typesB] = [typesOf(a), typesOf(b)]
  const found = new Map<string, ValueDistance>()
  for (const pair of pairs) {
    const [typeA, typeB] = [typesA.get(pair.a) ?? null, typesB.get(pair.b) ?? null]
    if (typeA === null || typeB === null || !areDoubles(typeA) || !areDoubles(typeB)) continue
    try {
      const own = { dtype: typeA, values: valuesOf(a, pair.a, typeA, { signal }) }
      const other = { dtype: typeB, values: valuesOf(b, pair.b, typeB, { signal, order: pair.order }) }
      found.set(pair.a, await distanceBetween(own, other))
    } catch (error) {
      const isLeftOut =
        isSdinspectError(error, 'unsupported/feature') || isSdinspectError(error, 'usage/no-values')
      if (!isLeftOut) throw error
    }
  }
  return found
}

function typesOf({ opened, stateDict }: DistanceSide): ReadonlyMap<string, DType | null> {
  const report = opened.report.stateDicts.find(({ path }) => path === stateDict)
  return new Map(Array.from(report?.tensors ?? [], ({ name, dtype }) => [name, dtype]))
}

async function* valuesOf(
  { opened, stateDict }: DistanceSide,
  name: string,
  dtype: DType,
  {
    signal,
    order,
  }: { readonly signal: AbortSignal | undefined; readonly order?: readonly number[] | undefined },
): AsyncGenerator<Float64Array> {
  const windowBytes = (windowElements * dtypes[dtype].bits) / 8
  for await (const { bytes } of opened.values(name, {
    stateDict,
    windowBytes,
    ...(order && { order }),
    ...(signal && { signal }),
  }))
    yield doublesOf(bytes, dtype) as Float64Array
}
