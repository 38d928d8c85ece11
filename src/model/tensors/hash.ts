/** Another one in every run, so that no file can be made of names that meet. Nothing that is shown depends on it. */
const seed = Math.floor(Math.random() * 2 ** 32) | 0

/** The hash of nothing, to start with. */
export const noHash = seed

/** The hash of what `hash` is of, followed by the 32 bits of `value`. */
export function hashWith(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

/**
 * Small integers for different things, by hash table: what V8's Map does for strings, but that it takes any
 * thing, is not slow for strings over 16,383 characters, which it hashes by their length, and needs no objects.
 */
export abstract class Interner {
  #slots: Int32Array
  #hashes: Int32Array
  #count = 0

  /** @param room for so many before anything is moved */
  constructor(room = 32) {
    const half = 2 ** Math.ceil(Math.log2(Math.max(room, 32)))
    this.#slots = new Int32Array(half * 2)
    this.#hashes = new Int32Array(half)
  }

  /** How many there are: the next id. */
  get count(): number {
    return this.#count
  }

  /** Whether the thing looked for is the one of this id. */
  protected abstract isSame(id: number): boolean

  /** The id of the thing looked for, or -1. */
  protected find(hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = (slots[at] as number) - 1
      if (id < 0 || (this.#hashes[id] === hash && this.isSame(id))) return id
    }
  }

  /** The id of a thing that `find` did not find. */
  protected add(hash: number): number {
    const id = this.#count++
    if (this.#count * 2 > this.#slots.length) this.#grow()
    this.#hashes[id] = hash
    this.#place(id)
    return id
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let id = 0; id < this.#count - 1; id++) this.#place(id)
  }

  #place(id: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = (this.#hashes[id] as number) & mask
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = id + 1
  }
}

/** Ids for pairs of integers below 2^32. What {@link Interner} does, for the thing there are most of. */
export class Pairs {
  #slots: Int32Array
  #first: Uint32Array
  #second: Uint32Array
  #count = 0

  /** @param room for so many before anything is moved */
  constructor(room = 32) {
    const half = 2 ** Math.ceil(Math.log2(Math.max(room, 32)))
    this.#slots = new Int32Array(half * 2)
    this.#first = new Uint32Array(half)
    this.#second = new Uint32Array(half)
  }

  /** How many there are: the next id. */
  get count(): number {
    return this.#count
  }

  /** The id of the pair; -1 when it was never given one. */
  at(a: number, b: number): number {
    return (this.#slots[this.#slotOf(a, b)] as number) - 1
  }

  /** The id of the pair, a new one when there is none. */
  id(a: number, b: number): number {
    const slot = this.#slotOf(a, b)
    const known = this.#slots[slot] as number
    if (known > 0) return known - 1
    const id = this.#count++
    const isFull = id === this.#first.length
    if (isFull) this.#grow()
    this.#first[id] = a
    this.#second[id] = b
    this.#slots[isFull ? this.#slotOf(a, b) : slot] = id + 1
    return id
  }

  /** Where the pair is, or has to go. */
  #slotOf(a: number, b: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let at = hashWith(hashWith(noHash, a), b) & mask; ; at = (at + 1) & mask) {
      const id = (slots[at] as number) - 1
      if (id < 0 || (this.#first[id] === a && this.#second[id] === b)) return at
    }
  }

  #grow(): void {
    this.#first = grown(this.#first)
    this.#second = grown(this.#second)
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let id = 0; id < this.#count - 1; id++)
      this.#slots[this.#slotOf(this.#first[id] as number, this.#second[id] as number)] = id + 1
  }
}

/** A copy with room for twice as much. */
export function grown<T extends Uint8Array | Uint32Array | Float64Array>(column: T): T {
  const larger = new (column.constructor as new (length: number) => T)(column.length * 2)
  larger.set(column)
  return larger
}
