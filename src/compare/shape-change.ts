import { sameShape } from '../model/tensors/shape.ts'
import { elementsOf } from '../model/tensors/tensor.ts'
import type { ShapeChange } from './difference.ts'

/** How shape `a` became `b`, which is another. */
export function shapeChange(a: readonly number[], b: readonly number[]): ShapeChange {
  if (a.length === b.length && sameDimensions(a, b)) {
    const moved = a.filter((size, dimension) => size !== b[dimension]).length
    return moved === 2 ? 'transposed' : 'permuted'
  }
  if (elementsOf(a) === elementsOf(b)) return 'reshaped'
  return a.length === b.length ? 'resized' : 'other'
}

/** Whether the two have the same sizes in any order. */
export function sameDimensions(a: readonly number[], b: readonly number[]): boolean {
  return sameShape(sortedShape(a), sortedShape(b))
}

/** The sizes from small to large: the same for all orders of one set of dimensions. */
export function sortedShape(shape: readonly number[]): number[] {
  return [...shape].sort((a, b) => a - b)
}
