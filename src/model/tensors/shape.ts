/** Whether two shapes have the same length along each dimension. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, dimension) => length === b[dimension])
}
