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

/** Why {@link Inflater.run} came back: no room for output, no more input, or the stream is at its end. */
type Stop = 'full' | 'hungry' | 'end'

/** No symbol with its extra bits takes more, nor the header of a block. */
const symbolBytes = 8
const headerBytes = 512

/** Decodes what it is fed into `output`, and can be left and gone on with wherever either of them ends. */
class Inflater {
  readonly output: Uint8Array
  /** Of `output`, what is decoded. */
  written = 0
  /** Bytes that were decoded and moved out of `output`. */
  private moved = 0
  private input: Uint8Array = new Uint8Array()
  private position = 0
  private isLast = false
  /** Bytes of input before `input`. */
  private base = 0
  private hold = 0
  private held = 0
  private phase: 'block' | 'stored' | 'codes' | 'end' = 'block'
  private isFinal = false
  private storedLeft = 0
  private literals: Code | undefined
  private distances: Code | undefined
  /** A literal or a copy that is decoded and found no room. */
  private literal = -1
  private copyLength = 0
  private copyDistance = 0

  constructor(output: Uint8Array) {
    this.output = output
  }

  /** @param isLast nothing follows `input` */
  feed(input: Uint8Array, isLast: boolean): void {
    const rest = this.input.subarray(this.position)
    this.base += this.position
    this.position = 0
    this.isLast = isLast
    if (rest.length === 0) this.input = input
    else {
      this.input = new Uint8Array(rest.length + input.length)
      this.input.set(rest)
      this.input.set(input, rest.length)
    }
  }

  /** Bytes of input that are not used. */
  get unused(): number {
    return this.input.length - this.position + (this.held >>> 3)
  }

  /** Bytes decoded in all. */
  get total(): number {
    return this.moved + this.written
  }

  /** Makes room: keeps what a copy may reach back to. */
  slide(): void {
    const begin = Math.max(0, this.written - windowBytes)
    this.output.copyWithin(0, begin, this.written)
    this.moved += begin
    this.written -= begin
  }

  run(): Stop {
    for (;;) {
      if (this.phase === 'end') return 'end'
      if (this.phase === 'block') {
        if (!this.isLast && this.unused < headerBytes) return 'hungry'
        this.beginBlock()
      } else {
        const stop = this.phase === 'stored' ? this.stored() : this.codes()
        if (stop !== undefined) return stop
        this.phase = this.isFinal ? 'end' : 'block'
      }
    }
  }

  private cutOff(): SdinspectError {
    return malformed(`is cut off at ${this.base + this.input.length}`)
  }

  private beginBlock(): void {
    this.isFinal = this.take(1) === 1
    const type = this.take(2)
    if (type === 0) this.beginStored()
    else if (type === 1) {
      fixed ??= {
        literals: huffman(fixedLengths, false),
        distances: huffman(new Uint8Array(32).fill(5), false),
      }
      this.beginCodes(fixed.literals, fixed.distances)
    } else if (type === 2) this.beginDynamic()
    else throw malformed('has a block of the reserved type 3')
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
    if (this.held < count) throw this.cutOff()
    const value = this.hold & ((1 << count) - 1)
    this.hold >>>= count
    this.held -= count
    return value
  }

  private symbol(code: Code): number {
    this.fill(code.bits)
    const found = code.table[this.hold & ((1 << code.bits) - 1)] as number
    const length = found & 15
    if (length === 0) throw malformed(`has an unused Huffman code at ${this.base + this.position}`)
    if (length > this.held) throw this.cutOff()
    this.hold >>>= length
    this.held -= length
    return found >>> 4
  }

  private beginStored(): void {
    this.hold >>>= this.held & 7
    this.held -= this.held & 7
    const length = this.take(16)
    if ((length ^ 0xffff) !== this.take(16)) throw malformed('has a stored block with a wrong length check')
    this.position -= this.held >>> 3
    this.hold = 0
    this.held = 0
    this.storedLeft = length
    this.phase = 'stored'
  }

  private stored(): Stop | undefined {
    while (this.storedLeft > 0) {
      const room = this.output.length - this.written
      const there = this.input.length - this.position
      if (room === 0) return 'full'
      if (there === 0) {
        if (this.isLast) throw this.cutOff()
        return 'hungry'
      }
      const length = Math.min(this.storedLeft, room, there)
      this.output.set(this.input.subarray(this.position, this.position + length), this.written)
      this.position += length
      this.written += length
      this.storedLeft -= length
    }
    return undefined
  }

  private beginDynamic(): void {
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
    this.beginCodes(huffman(all.subarray(0, literals), true), huffman(all.subarray(literals), true))
  }

  private beginCodes(literals: Code, distances: Code): void {
    this.literals = literals
    this.distances = distances
    this.phase = 'codes'
  }

  private codes(): Stop | undefined {
    const { output } = this
    const literals = this.literals as Code
    for (;;) {
      if (this.literal >= 0) {
        if (this.written === output.length) return 'full'
        output[this.written++] = this.literal
        this.literal = -1
      }
      if (this.copyLength > 0) {
        if (this.written === output.length) return 'full'
        this.copy()
        continue
      }
      if (!this.isLast && this.input.length - this.position < symbolBytes) return 'hungry'
      const symbol = this.symbol(literals)
      if (symbol < 256) this.literal = symbol
      else if (symbol === 256) return undefined
      else this.beginCopy(symbol)
    }
  }

  private beginCopy(symbol: number): void {
    if (symbol > 285) throw malformed(`has the length code ${symbol}`)
    const length = (lengthBase[symbol - 257] as number) + this.take(lengthExtra[symbol - 257] as number)
    const code = this.symbol(this.distances as Code)
    if (code > 29) throw malformed(`has the distance code ${code}`)
    const distance = (distanceBase[code] as number) + this.take(distanceExtra[code] as number)
    if (distance > this.total) throw malformed(`reaches ${distance} back at ${this.total}`)
    this.copyLength = length
    this.copyDistance = distance
  }

  private copy(): void {
    const { output, copyDistance } = this
    const end = Math.min(output.length, this.written + this.copyLength)
    this.copyLength -= end - this.written
    for (let at = this.written; at < end; at++) output[at] = output[at - copyDistance] as number
    this.written = end
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
  const inflater = new Inflater(output)
  inflater.feed(input, true)
  if (inflater.run() === 'full') throw tooMuch(bytes)
  checkEnd(inflater, inflater.unused, input.length, bytes)
  return output
}

/**
 * The first `bytes` bytes that a raw deflate stream stands for, or as many as its first bytes give for sure.
 *
 * @param input the first bytes of the stream, which is longer
 * @throws SdinspectError `format/malformed`
 */
export function inflateHead(input: Uint8Array, bytes: number): Uint8Array {
  const inflater = new Inflater(new Uint8Array(bytes))
  inflater.feed(input, false)
  inflater.run()
  return inflater.output.subarray(0, inflater.written)
}

/** How far back a copy may reach. */
const windowBytes = 32_768
const pieceBytes = 131_072

/**
 * The same in pieces, with the memory of a piece. Each is overwritten when the next is asked for.
 *
 * @param read gives a range of the stream
 * @param length of the stream, in bytes
 * @param bytes that it has to give
 */
export async function* inflatePieces(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  length: number,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  const inflater = new Inflater(new Uint8Array(windowBytes + pieceBytes))
  let fed = 0
  let begin = 0
  for (;;) {
    const stop = inflater.run()
    if (inflater.total > bytes) throw tooMuch(bytes)
    if (stop === 'hungry') {
      const count = Math.min(pieceBytes, length - fed)
      const input = await read(fed, count)
      fed += count
      inflater.feed(input, fed === length)
      continue
    }
    if (inflater.written > begin) yield inflater.output.subarray(begin, inflater.written)
    if (stop === 'end') {
      checkEnd(inflater, inflater.unused + length - fed, length, bytes)
      return
    }
    inflater.slide()
    begin = inflater.written
  }
}

function tooMuch(bytes: number): SdinspectError {
  return malformed(`gives more than the ${bytes} bytes that were announced`)
}

function checkEnd(inflater: Inflater, unused: number, length: number, bytes: number): void {
  if (unused > 0) throw malformed(`ends ${unused} bytes before its ${length} bytes do`)
  if (inflater.total < bytes) throw malformed(`gives ${inflater.total} bytes, and ${bytes} were announced`)
}
