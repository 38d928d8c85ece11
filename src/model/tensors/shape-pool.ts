import { hashWith, Interner, noHash } from './hash.ts'

/** Every shape once, as an array to share: a model of a million tensors has a few hundred. */
export class ShapePool extends Interner {
  /** By id. */
  readonly shapes: (readonly number[])[] = []
  /** By id: the product of the dimensions. */
  readonly elements: number[] = []
  /** To collect a shape in, before it is asked for. */
  readonly scratch: (number | bigint)[] = []
  #wanted: readonly (number | bigint)[] = []

  protected isSame(id: number): boolean {
    const shape = this.shapes[id] as readonly number[]
    const wanted = this.#wanted
    if (shape.length !== wanted.length) return false
    for (let i = 0; i < shape.length; i++) if (shape[i] !== Number(wanted[i])) return false
    return true
  }

  #hashOf(shape: readonly (number | bigint)[]): number {
    let hash = noHash
    for (let i = 0; i < shape.length; i++) {
      const dimension = Number(shape[i])
      const [low, high] = [dimension | 0, (dimension / 2 ** 32) | 0]
      // 16 bits at a time: of two values that differ in their highest bit alone, 32 make hashes that differ alike from any seed.
      hash = hashWith(hashWith(hash, low & 0xffff), low >>> 16)
      if (high !== 0) hash = hashWith(hashWith(hash, high & 0xffff), high >>> 16)
    }
    return hash
  }

  /** The number of a shape; -1 when there is none. */
  idOf(shape: readonly (number | bigint)[]): number {
    this.#wanted = shape
    return this.find(this.#hashOf(shape))
  }

  /** The number of a shape, the same for equal ones. Dimensions past 2^53-1 are rounded. */
  id(shape: readonly (number | bigint)[]): number {
    const hash = this.#hashOf(shape)
    this.#wanted = shape
    const found = this.find(hash)
    if (found >= 0) return found
    const id = this.add(hash)
    const kept = shape.map(Number)
    this.shapes.push(kept)
    let elements = 1
    for (const dimension of kept) elements *= dimension
    this.elements.push(elements)
    return id
  }
}
