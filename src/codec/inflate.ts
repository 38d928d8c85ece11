import { SdinspectError } from '../errors.ts'

// RFC 1951. The platform's own inflate (DecompressionStream, zlib) takes bytes after the end of the stream
// without a word, and two readers of one file must not disagree on where a stream ends.

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]
const distanceExtra = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

const maxCodeBits = 15

/** A canonical Huffman code as a table of all 2^bits prefixes: symbol << 4 | length, 0 where no code starts so. */
interface Code {
  readonly bits: number
  readonly table: Uint16Array
}

function malformed(what: string): SdinspectError {
  return new SdinspectError('format/malformed', `deflate stream ${what}`)
}

function reversed(code: number, bits: number): number {
  let result = 0
  for (let i = 0; i < bits; i++) result |= ((code >>> i) & 1) << (bits - 1 - i)
  return result
}

/** @param incomplete whether a single code of one bit may stand alone: RFC 1951 has it for distances, zlib for both */
function huffman(lengths: Uint8Array, incomplete: boolean): Code {
  const counts = new Uint16Array(maxCodeBits + 1)
  let bits = 0
  let used = 0
  for (const length of lengths) {
    if (length === 0) continue
    counts[length] = (counts[length] as number) + 1
    used++
    if (length > bits) bits = length
  }
  if (bits === 0) return { bits: 0, table: new Uint16Array(1) }
  let left = 1
  const next = new Uint16Array(maxCodeBits + 2)
  for (let length = 1; length <= maxCodeBits; length++) {
    left = left * 2 - (counts[length] as number)
    if (left < 0) throw malformed('has an over-subscribed Huffman code')
    next[length + 1] = ((next[length] as number) + (counts[length] as number)) << 1
  }
  if (left > 0 && !(incomplete && used === 1 && bits === 1)) throw malformed('has an incomplete Huffman code')
  const table = new Uint16Array(1 << bits)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    const code = next[length] as number
    next[length] = code + 1
    for (let slot = reversed(code, length); slot < table.length; slot += 1 << length)
      table[slot] = (symbol << 4) | length
  })
  return { bits, table }
}

const fixedLengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280)
let fixed: { literals: Code; distances: Code } | undefined

class Inflater {
  private readonly input: Uint8Array
  private readonly output: Uint8Array
  private position = 0
  private written = 0
  private hold = 0
  private held = 0

  constructor(input: Uint8Array, output: Uint8Array) {
    this.input = input
    this.output = output
  }

  run(): void {
    let last = false
    while (!last) {
      last = this.take(1) === 1
      const type = this.take(2)
      if (type === 0) this.stored()
      else if (type === 1) {
        fixed ??= {
          literals: huffman(fixedLengths, false),
          distances: huffman(new Uint8Array(32).fill(5), false),
        }
        this.block(fixed.literals, fixed.distances)
      } else if (type === 2) this.dynamic()
      else throw malformed('has a block of the reserved type 3')
    }
    const rest = this.input.length - this.position + (this.held >>> 3)
    if (rest > 0) throw malformed(`ends ${rest} bytes before its ${this.input.length} bytes do`)
    if (this.written < this.output.length)
      throw malformed(`gives ${this.written} bytes, and ${this.output.length} were announced`)
  }

  /** At least `count` bits into `hold`, or as many as there are. */
  private fill(count: number): void {
    while (this.held < count && this.position < this.input.length) {
      this.hold |= (this.input[this.position++] as number) << this.held
      this.held += 8
    }
  }

  private take(count: number): number {
    this.fill(count)
    if (this.held < count) throw malformed(`is cut off at ${this.input.length}`)
    const value = this.hold & ((1 << count) - 1)
    this.hold >>>= count
    this.held -= count
    return value
  }

  private symbol(code: Code): number {
    this.fill(code.bits)
    const found = code.table[this.hold & ((1 << code.bits) - 1)] as number
    const length = found & 15
    if (length === 0) throw malformed(`has an unused Huffman code at ${this.position}`)
    if (length > this.held) throw malformed(`is cut off at ${this.input.length}`)
    this.hold >>>= length
    this.held -= length
    return found >>> 4
  }

  private room(length: number): void {
    if (this.written + length > this.output.length)
      throw malformed(`gives more than the ${this.output.length} bytes that were announced`)
  }

  private stored(): void {
    this.hold >>>= this.held & 7
    this.held -= this.held & 7
    const length = this.take(16)
    if ((length ^ 0xffff) !== this.take(16)) throw malformed('has a stored block with a wrong length check')
    this.position -= this.held >>> 3
    this.hold = 0
    this.held = 0
    if (this.position + length > this.input.length) throw malformed(`is cut off at ${this.input.length}`)
    this.room(length)
    this.output.set(this.input.subarray(this.position, this.position + length), this.written)
    this.position += length
    this.written += length
  }

  private dynamic(): void {
    const literals = this.take(5) + 257
    const distances = this.take(5) + 1
    const codes = this.take(4) + 4
    if (literals > 286 || distances > 30) throw malformed('has too many Huffman codes')
    const lengths = new Uint8Array(19)
    for (let i = 0; i < codes; i++) lengths[codeLengthOrder[i] as number] = this.take(3)
    const lengthCode = huffman(lengths, false)
    const all = new Uint8Array(literals + distances)
    for (let i = 0; i < all.length; ) {
      const symbol = this.symbol(lengthCode)
      if (symbol < 16) {
        all[i++] = symbol
        continue
      }
      if (symbol === 16 && i === 0) throw malformed('repeats a code length before the first')
      const value = symbol === 16 ? (all[i - 1] as number) : 0
      const repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7)
      if (i + repeat > all.length) throw malformed('repeats a code length past the last')
      all.fill(value, i, i + repeat)
      i += repeat
    }
    if (all[256] === 0) throw malformed('has a block without an end code')
    this.block(huffman(all.subarray(0, literals), true), huffman(all.subarray(literals), true))
  }

  private block(literals: Code, distances: Code): void {
    const output = this.output
    for (;;) {
      const symbol = this.symbol(literals)
      if (symbol < 256) {
        this.room(1)
        output[this.written++] = symbol
        continue
      }
      if (symbol === 256) return
      if (symbol > 285) throw malformed(`has the length code ${symbol}`)
      const length = (lengthBase[symbol - 257] as number) + this.take(lengthExtra[symbol - 257] as number)
      const code = this.symbol(distances)
      if (code > 29) throw malformed(`has the distance code ${code}`)
      const distance = (distanceBase[code] as number) + this.take(distanceExtra[code] as number)
      if (distance > this.written) throw malformed(`reaches ${distance} back at ${this.written}`)
      this.room(length)
      for (let i = 0; i < length; i++, this.written++)
        output[this.written] = output[this.written - distance] as number
    }
  }
}

/**
 * The `bytes` bytes that a raw deflate stream stands for. The stream must give exactly that many and must end
 * where `input` ends.
 *
 * @param bytes what the caller has checked against its limits: this much is allocated
 * @throws SdinspectError `format/malformed`
 */
export function inflateRaw(input: Uint8Array, bytes: number): Uint8Array {
  const output = new Uint8Array(bytes)
  new Inflater(input, output).run()
  return output
}
