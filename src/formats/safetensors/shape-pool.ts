/**
 * Gives equal shapes as one array. A model of a million tensors has a few hundred shapes, and an array costs
 * more than the numbers in it.
 */
export class ShapePool {
  /** To collect a shape in, before it is asked for. */
  readonly scratch: (number | bigint)[] = []
  /** By a hash of the dimensions: the last shape that had it. */
  private readonly recent = new Array<readonly number[] | undefined>(4096)

  /** An array equal to `shape`, to keep. Dimensions past 2^53-1 are rounded. */
  shared(shape: readonly (number | bigint)[]): readonly number[] {
    let hash = shape.length
    for (const dimension of shape) hash = (Math.imul(hash, 31) + (Number(dimension) | 0)) | 0
    const slot = (hash ^ (hash >>> 12)) & 4095
    const found = this.recent[slot]
    if (found !== undefined && isSame(found, shape)) return found
    const kept = shape.map(Number)
    this.recent[slot] = kept
    return kept
  }
}

function isSame(a: readonly number[], b: readonly (number | bigint)[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
