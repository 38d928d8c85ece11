import type { Limits } from '../../limits.ts'
import { dtypes, safetensorsDTypes } from '../../model/tensors/dtype.ts'
import { hashWith, noHash } from '../../model/tensors/hash.ts'
import type { HeaderColumns } from './header-columns.ts'

const ascii = (text: string) => new TextEncoder().encode(text)
const beforeType = ascii('":{"dtype":"')
const beforeShape = ascii('","shape":[')
const beforeOffsets = ascii('],"data_offsets":[')
const metadata = ascii('__metadata__"')
const typeNames = safetensorsDTypes.map(ascii)
const typeBits = safetensorsDTypes.map((dtype) => dtypes[dtype].bits)

/** A block of a model has a few. */
const recentShapes = 4

const quote = 0x22
const comma = 0x2c
const bracket = 0x5d
const brace = 0x7d

/** Of more elements, sizes are counted in exact integers. */
const mostElements = 2 ** 46

/**
 * Reads the entries of a header that are written as nearly all writers do:
 *
 *     "NAME":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}
 *
 * with no space, the fields in this order, a name of printable ASCII, and nothing wrong. At anything else it
 * stops before the entry, for the reader that knows all of JSON and says what is wrong.
 */
export class CanonicalEntries {
  readonly #bytes: Uint8Array
  readonly #columns: HeaderColumns
  readonly #limits: Limits
  /** Neighbours mostly share their type. */
  #type = 0
  /** The number that was read last. */
  #number = 0
  /** The number of the shape that was read last. */
  #shape = 0
  /** Shapes read lately: where their text begins and ends, and their number. */
  readonly #recent = new Uint32Array(recentShapes * 3)
  #turn = 0

  constructor(bytes: Uint8Array, columns: HeaderColumns, limits: Limits) {
    this.#bytes = bytes
    this.#columns = columns
    this.#limits = limits
  }

  /** Reads entries from `begin` on, the first after `{`, others after a comma. The index after the last. */
  read(begin: number): number {
    let after = begin
    let isFirst = this.#bytes[begin] === quote
    while (isFirst || this.#bytes[after] === comma) {
      const next = this.#entry(isFirst ? after : after + 1)
      if (next < 0) break
      after = next
      isFirst = false
    }
    return after
  }

  /** The index after the entry that begins at `begin`; -1 when it is not canonical. */
  #entry(begin: number): number {
    const bytes = this.#bytes
    if (bytes[begin] !== quote) return -1
    const name = begin + 1
    let hash = noHash
    let at = name
    for (; ; at++) {
      const byte = bytes[at] as number
      if (byte === quote) break
      // Past the end, the byte is undefined, and neither.
      if (!(byte >= 0x20 && byte < 0x7f) || byte === 0x5c) return -1
      hash = hashWith(hash, byte)
    }
    const end = at
    if (end - name === metadata.length - 1 && this.#follows(metadata, name)) return -1
    if (end === name || end - name > this.#limits.nameBytes || !this.#follows(beforeType, at)) return -1
    at = this.#readType(at + beforeType.length)
    if (at < 0 || !this.#follows(beforeShape, at)) return -1
    at = this.#readShape(at + beforeShape.length)
    if (at < 0 || !this.#follows(beforeOffsets, at)) return -1
    at = this.#readNumber(at + beforeOffsets.length)
    if (at < 0 || bytes[at] !== comma) return -1
    const first = this.#number
    at = this.#readNumber(at + 1)
    if (at < 0 || bytes[at] !== bracket || bytes[at + 1] !== brace) return -1
    return this.#keep(name, end, hash, first, this.#number) ? at + 2 : -1
  }

  /** Adds the entry; false when something is wrong with it. */
  #keep(name: number, end: number, hash: number, first: number, last: number): boolean {
    const columns = this.#columns
    const shape = this.#shape
    const elements = columns.pool.elements[shape] as number
    if (elements > mostElements || (elements * (typeBits[this.#type] as number)) / 8 !== last - first)
      return false
    if (columns.count >= this.#limits.tensors) return false
    if (columns.rowOfBytes(name, end, hash) >= 0) return false
    columns.push(hash, this.#type, shape, first)
    return true
  }

  #follows(text: Uint8Array, at: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
    return true
  }

  #readType(at: number): number {
    if (!this.#isType(this.#type, at)) {
      this.#type = typeNames.findIndex((_, type) => this.#isType(type, at))
      if (this.#type < 0) {
        this.#type = 0
        return -1
      }
    }
    return at + (typeNames[this.#type] as Uint8Array).length
  }

  /** With the quote after it: `F8_E4M3` begins `F8_E4M3FNUZ`. */
  #isType(type: number, at: number): boolean {
    const name = typeNames[type] as Uint8Array
    return this.#bytes[at + name.length] === quote && this.#follows(name, at)
  }

  #readShape(begin: number): number {
    const recent = this.#recent
    for (let i = 0; i < recent.length; i += 3) {
      const length = (recent[i + 1] as number) - (recent[i] as number)
      if (length === 0 || !this.#repeats(recent[i] as number, begin, length)) continue
      this.#shape = recent[i + 2] as number
      return begin + length - 1
    }
    const end = this.#readNewShape(begin)
    if (end < 0) return end
    const { pool } = this.#columns
    this.#shape = pool.id(pool.scratch)
    recent.set([begin, end + 1, this.#shape], this.#turn)
    this.#turn = (this.#turn + 3) % recent.length
    return end
  }

  #repeats(before: number, at: number, length: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) if (bytes[at + i] !== bytes[before + i]) return false
    return true
  }

  #readNewShape(begin: number): number {
    const bytes = this.#bytes
    const { scratch } = this.#columns.pool
    scratch.length = 0
    let at = begin
    if (bytes[at] === bracket) return at
    for (; ; at++) {
      at = this.#readNumber(at)
      if (at < 0 || scratch.push(this.#number) > this.#limits.dimensions) return -1
      if (bytes[at] === bracket) return at
      if (bytes[at] !== comma) return -1
    }
  }

  /** Reads an integer of at most 15 digits, which no double rounds. The index after it, or -1. */
  #readNumber(begin: number): number {
    const bytes = this.#bytes
    let value = 0
    let at = begin
    for (; at < begin + 16; at++) {
      const digit = (bytes[at] as number) - 0x30
      if (!(digit >= 0 && digit <= 9)) break
      value = value * 10 + digit
    }
    const digits = at - begin
    if (digits === 0 || digits > 15 || (digits > 1 && bytes[begin] === 0x30)) return -1
    this.#number = value
    return at
  }
}
