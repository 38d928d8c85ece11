/** How often each of some whole numbers occurs: keys in ascending order, each once. Counts are exact below 2^53. */
export interface SparseCounts {
  readonly keys: Int32Array
  readonly counts: Float64Array
}

export const noCounts: SparseCounts = { keys: new Int32Array(0), counts: new Float64Array(0) }

export function mergedCounts(a: SparseCounts, b: SparseCounts): SparseCounts {
  if (a.keys.length === 0) return b
  if (b.keys.length === 0) return a
  const keys = new Int32Array(a.keys.length + b.keys.length)
  const counts = new Float64Array(keys.length)
  let size = 0
  for (let i = 0, j = 0; i < a.keys.length || j < b.keys.length; size++) {
    const left = i < a.keys.length ? (a.keys[i] as number) : Number.POSITIVE_INFINITY
    const right = j < b.keys.length ? (b.keys[j] as number) : Number.POSITIVE_INFINITY
    keys[size] = Math.min(left, right)
    counts[size] =
      (left <= right ? (a.counts[i++] as number) : 0) + (right <= left ? (b.counts[j++] as number) : 0)
  }
  return { keys: keys.slice(0, size), counts: counts.slice(0, size) }
}

/** The counts of a Map. */
export function countsOf(map: ReadonlyMap<number, number>): SparseCounts {
  const keys = Int32Array.from(map.keys()).sort()
  return { keys, counts: Float64Array.from(keys, (key) => map.get(key) as number) }
}
