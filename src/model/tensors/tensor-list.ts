/**
 * Tensors in order, to be read: what an array and a table of columns have in common. A table makes each tensor
 * when it is asked for, so keep what you need of one and not the list of them.
 */
export interface TensorList<T> extends Iterable<T> {
  readonly length: number
  at(index: number): T | undefined
  forEach(visit: (tensor: T, index: number) => void): void
  map<U>(make: (tensor: T, index: number) => U): U[]
  filter(wanted: (tensor: T, index: number) => boolean): T[]
  some(holds: (tensor: T, index: number) => boolean): boolean
  every(holds: (tensor: T, index: number) => boolean): boolean
  find(wanted: (tensor: T, index: number) => boolean): T | undefined
  keys(): Iterable<number>
  entries(): Iterable<[number, T]>
}
