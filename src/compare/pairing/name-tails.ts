/** Segments a prefix may have. Wrappers nest two or three deep. */
const longestPrefix = 6

/** Marks a tail that several names have. */
const several = -1
const noEntry = -1

/** A tail that one name of the list has and no other: whose it is, and where in the name it begins. */
export interface OwnTail {
  readonly index: number
  readonly begin: number
}

/**
 * The tails of names: each name without its first segments, none to six of them. A table of hashes, because a
 * map of as many texts takes seconds for a hundred thousand names.
 */
export class NameTails {
  readonly #nameOf: (index: number) => string
  readonly #seed = (Math.random() * 2 ** 32) | 0
  /** Slot to entry. */
  readonly #slots: Int32Array
  readonly #hashes: number[] = []
  readonly #owners: number[] = []
  readonly #begins: number[] = []
  /** Name that an entry was first made for. */
  readonly #first: number[] = []

  constructor(indices: readonly number[], nameOf: (index: number) => string) {
    this.#nameOf = nameOf
    let tails = 0
    for (const index of indices) tails += beginsOf(nameOf(index)).length
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * tails + 2))).fill(noEntry)
    for (const index of indices) this.#add(index)
  }

  /** Tails of one name alone, in the order of the names, the longest of a name first. */
  *own(): Generator<OwnTail> {
    for (const [entry, index] of this.#owners.entries())
      if (index !== several) yield { index, begin: this.#begins[entry] as number }
  }

  /** Whose the tail of `name` from `begin` on is; null where it is nobody's, or that of several. */
  ownerOf(name: string, begin: number): OwnTail | null {
    const [hash = 0] = this.#hashesOf(name, [begin])
    const entry = this.#slots[this.#slotOf(name, begin, hash)] as number
    const index = entry === noEntry ? several : (this.#owners[entry] as number)
    return index === several ? null : { index, begin: this.#begins[entry] as number }
  }

  #add(index: number): void {
    const name = this.#nameOf(index)
    const begins = beginsOf(name)
    const hashes = this.#hashesOf(name, begins)
    for (const [at, begin] of begins.entries()) {
      const hash = hashes[at] as number
      const slot = this.#slotOf(name, begin, hash)
      const entry = this.#slots[slot] as number
      if (entry !== noEntry) {
        this.#owners[entry] = several
        continue
      }
      this.#slots[slot] = this.#owners.length
      this.#hashes.push(hash)
      this.#owners.push(index)
      this.#begins.push(begin)
      this.#first.push(index)
    }
  }

  /** The slot of a tail, or the free one where it would be. */
  #slotOf(name: string, begin: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const entry = this.#slots[slot] as number
      if (entry === noEntry || (this.#hashes[entry] === hash && this.#isAt(entry, name, begin))) return slot
      slot = (slot + 1) & mask
    }
  }

  #isAt(entry: number, name: string, begin: number): boolean {
    const other = this.#nameOf(this.#first[entry] as number)
    const otherBegin = this.#begins[entry] as number
    return other.length - otherBegin === name.length - begin && other.slice(otherBegin) === name.slice(begin)
  }

  /**
   * The hashes of the tails that begin at `begins`, which ascend: from the end of the name, so that each character is
   * looked at once. The seed makes names that all fall into one slot hard to find.
   */
  #hashesOf(name: string, begins: readonly number[]): number[] {
    const hashes: number[] = []
    let hash = this.#seed
    let end = name.length
    for (let tail = begins.length - 1; tail >= 0; tail--) {
      const begin = begins[tail] as number
      while (end > begin) {
        hash = Math.imul(hash ^ name.charCodeAt(--end), 0x9e3779b1)
        hash ^= hash >>> 15
      }
      hashes[tail] = hash
    }
    return hashes
  }
}

/** Where the tails of a name begin. */
function beginsOf(name: string): number[] {
  const begins = [0]
  for (let dropped = 0; dropped < longestPrefix; dropped++) {
    const dot = name.indexOf('.', begins[dropped])
    if (dot < 0) break
    begins.push(dot + 1)
  }
  return begins
}
