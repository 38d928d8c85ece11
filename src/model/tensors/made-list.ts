import type { TensorList } from './tensor-list.ts'

/** A list whose items are made each time they are asked for. */
export class MadeList<T> implements TensorList<T> {
  readonly length: number
  protected readonly row: (index: number) => T

  /** @param row makes the item at an index */
  constructor(length: number, row: (index: number) => T) {
    this.length = length
    this.row = row
  }

  at(index: number): T | undefined {
    const place = index < 0 ? index + this.length : index
    return place >= 0 && place < this.length ? this.row(place) : undefined
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.length; index++) yield this.row(index)
  }

  forEach(visit: (tensor: T, index: number) => void): void {
    for (let index = 0; index < this.length; index++) visit(this.row(index), index)
  }

  map<U>(make: (tensor: T, index: number) => U): U[] {
    const made: U[] = []
    for (let index = 0; index < this.length; index++) made.push(make(this.row(index), index))
    return made
  }

  filter(wanted: (tensor: T, index: number) => boolean): T[] {
    const kept: T[] = []
    this.forEach((tensor, index) => {
      if (wanted(tensor, index)) kept.push(tensor)
    })
    return kept
  }

  some(holds: (tensor: T, index: number) => boolean): boolean {
    return this.find(holds) !== undefined
  }

  every(holds: (tensor: T, index: number) => boolean): boolean {
    return !this.some((tensor, index) => !holds(tensor, index))
  }

  find(wanted: (tensor: T, index: number) => boolean): T | undefined {
    for (let index = 0; index < this.length; index++) {
      const tensor = this.row(index)
      if (wanted(tensor, index)) return tensor
    }
    return undefined
  }

  *keys(): Iterable<number> {
    for (let index = 0; index < this.length; index++) yield index
  }

  *entries(): Iterable<[number, T]> {
    for (let index = 0; index < this.length; index++) yield [index, this.row(index)]
  }

  /** JSON has the tensors, not the table. */
  toJSON(): readonly T[] {
    return [...this]
  }
}
