import { SdinspectError } from '../../errors.ts'

/** What one decoder of bits learns of one kind of bit: the probability that it is 0, in 2048ths. */
type Probabilities = Uint16Array

const even = 1_024
const states = 12
const fewestPositions = 16

/**
 * The bytes of a stream of LZMA with its header of 13 bytes ("LZMA alone"), whose length it says. Source of the format:
 * lzma-specification.txt of the LZMA SDK, which is in the public domain.
 *
 * It reads what the build of this program has written, and no file of a user.
 *
 * @throws SdinspectError `format/malformed` where the stream is none, or its length is not said
 */
export function unLzma(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const properties = packed[0] as number
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  if (packed.length < 18 || properties >= 9 * 5 * 5 || view.getUint32(9, true) > 0)
    throw new SdinspectError('format/malformed', 'this is no stream of LZMA that says its length')
  const [literalContext, literalPosition] = [properties % 9, Math.floor(properties / 9) % 5]
  const positionMask = 2 ** Math.floor(properties / 45) - 1
  const out = new Uint8Array(view.getUint32(5, true))
  const bits = new RangeDecoder(packed, 13)
  const isMatch = odds(states * fewestPositions)
  const isRepeat = odds(states)
  const isRepeat0 = odds(states)
  const isRepeat1 = odds(states)
  const isRepeat2 = odds(states)
  const isLongRepeat0 = odds(states * fewestPositions)
  const slots = [odds(64), odds(64), odds(64), odds(64)]
  const special = odds(128)
  const align = odds(16)
  const literals = odds(0x300 * 2 ** (literalContext + literalPosition))
  const matchLength = new LengthDecoder()
  const repeatLength = new LengthDecoder()
  let repeats: readonly [number, number, number, number] = [0, 0, 0, 0]
  let state = 0

  function literal(at: number): number {
    const before = at === 0 ? 0 : (out[at - 1] as number)
    const context = ((at & (2 ** literalPosition - 1)) << literalContext) + (before >> (8 - literalContext))
    const from = 0x300 * context
    let symbol = 1
    if (state >= 7) {
      let match = out[at - repeats[0] - 1] as number
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1
        match <<= 1
        const bit = bits.bit(literals, from + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (matchBit !== bit) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | bits.bit(literals, from + symbol)
    return symbol & 0xff
  }

  function distance(length: number): number {
    const slot = bits.tree(slots[Math.min(length, 3)] as Probabilities, 6, 0)
    if (slot < 4) return slot
    const direct = (slot >> 1) - 1
    const base = (2 | (slot & 1)) * 2 ** direct
    if (slot < 14) return base + bits.reverseTree(special, direct, base - slot)
    return base + bits.direct(direct - 4) * 16 + bits.reverseTree(align, 4, 0)
  }

  for (let at = 0; at < out.length; ) {
    const position = at & positionMask
    if (bits.bit(isMatch, state * fewestPositions + position) === 0) {
      out[at] = literal(at)
      at++
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
      continue
    }
    let length: number
    if (bits.bit(isRepeat, state) === 0) {
      length = matchLength.read(bits, position)
      repeats = [distance(length), repeats[0], repeats[1], repeats[2]]
      state = state < 7 ? 7 : 10
    } else {
      const [first, second, third, fourth] = repeats
      if (bits.bit(isRepeat0, state) === 0) {
        if (bits.bit(isLongRepeat0, state * fewestPositions + position) === 0) {
          out[at] = out[at - first - 1] as number
          at++
          state = state < 7 ? 9 : 11
          continue
        }
      } else if (bits.bit(isRepeat1, state) === 0) repeats = [second, first, third, fourth]
      else if (bits.bit(isRepeat2, state) === 0) repeats = [third, first, second, fourth]
      else repeats = [fourth, first, second, third]
      length = repeatLength.read(bits, position)
      state = state < 7 ? 8 : 11
    }
    const back = repeats[0] + 1
    if (back > at) throw new SdinspectError('format/malformed', 'a stream of LZMA repeats what is not there')
    for (const end = Math.min(at + length + 2, out.length); at < end; at++) out[at] = out[at - back] as number
  }
  return out
}

function odds(count: number): Probabilities {
  return new Uint16Array(count).fill(even)
}

/** Bits whose probabilities it learns as it reads them. */
class RangeDecoder {
  readonly #bytes: Uint8Array
  #at: number
  #range = 0xffffffff
  #code = 0

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    // The first byte is 0.
    this.#at = start + 1
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  #renew(): void {
    if (this.#range >= 0x1000000) return
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | this.#next()) >>> 0
  }

  bit(probabilities: Probabilities, index: number): 0 | 1 {
    const probability = probabilities[index] as number
    const bound = (this.#range >>> 11) * probability
    const isZero = this.#code < bound
    if (isZero) this.#range = bound
    else {
      this.#range -= bound
      this.#code -= bound
    }
    probabilities[index] = probability + (isZero ? (2_048 - probability) >> 5 : -(probability >> 5))
    this.#renew()
    return isZero ? 0 : 1
  }

  /** A number of as many bits, each as probable as the other. */
  direct(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1
      const bit = this.#code >= this.#range ? 1 : 0
      if (bit === 1) this.#code -= this.#range
      this.#renew()
      value = value * 2 + bit
    }
    return value
  }

  /** A number whose bits depend on those before, the highest first. */
  tree(probabilities: Probabilities, count: number, from: number): number {
    let node = 1
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(probabilities, from + node)
    return node - (1 << count)
  }

  /** The same, the lowest first. */
  reverseTree(probabilities: Probabilities, count: number, from: number): number {
    let node = 1
    let value = 0
    for (let i = 0; i < count; i++) {
      const bit = this.bit(probabilities, from + node)
      node = (node << 1) | bit
      value |= bit << i
    }
    return value
  }
}

/** Lengths of matches, less two. */
class LengthDecoder {
  readonly #choice = odds(2)
  readonly #low = odds(fewestPositions * 8)
  readonly #middle = odds(fewestPositions * 8)
  readonly #high = odds(256)

  read(bits: RangeDecoder, position: number): number {
    if (bits.bit(this.#choice, 0) === 0) return bits.tree(this.#low, 3, position * 8)
    if (bits.bit(this.#choice, 1) === 0) return 8 + bits.tree(this.#middle, 3, position * 8)
    return 16 + bits.tree(this.#high, 8, 0)
  }
}
