import type { DType } from '../../model/tensors/dtype.ts'
import { targetTypes } from '../../model/values/statistics.ts'
import { decodeMinifloat, minifloats } from './minifloat.ts'
import { addFlags, representableIn } from './representable.ts'
import { scaledSquares, scaledSum } from './scaled-integer.ts'
import { cellOf } from './sketch.ts'
import type { SparseCounts } from './sparse-counts.ts'
import type { ValueState } from './value-state.ts'

/** What every code of a type of at most 16 bits stands for. Counting codes is then all there is to do for its values. */
export class CodeTable {
  /** Codes there are: 2^4 to 2^16. */
  readonly size: number
  /** By code: the number, NaN or an infinity. */
  readonly values: Float64Array
  /** The numbers of the type in ascending order, each once. */
  readonly ordered: Float64Array
  readonly isFloat: boolean
  /** By code: the place of its value in `ordered`; -1 where it is no number. */
  readonly #places: Int32Array
  readonly #mantissas: Int32Array
  readonly #exponents: Int16Array
  readonly #subnormal: Uint8Array
  readonly #flags: Uint8Array
  /** By place: the sketch cell of its value. Made when it is asked for. */
  #cells: Int32Array | undefined

  constructor(
    bits: number,
    isFloat: boolean,
    decode: (code: number) => { value: number; mantissa: number; exponent: number; subnormal: boolean },
  ) {
    this.size = 2 ** bits
    this.isFloat = isFloat
    this.values = new Float64Array(this.size)
    this.#mantissas = new Int32Array(this.size)
    this.#exponents = new Int16Array(this.size)
    this.#subnormal = new Uint8Array(this.size)
    this.#flags = new Uint8Array(this.size)
    for (let code = 0; code < this.size; code++) {
      const { value, mantissa, exponent, subnormal } = decode(code)
      this.values[code] = value
      this.#mantissas[code] = mantissa
      this.#exponents[code] = exponent
      this.#subnormal[code] = subnormal ? 1 : 0
      this.#flags[code] = representableIn(value)
    }
    // -0 and 0 are one number.
    const sorted = this.values
      .map((value) => value + 0)
      .filter(Number.isFinite)
      .sort()
    this.ordered = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
    this.#places = Int32Array.from(this.values, (value) => placeIn(this.ordered, value))
  }

  /** What values come to of which each code occurs so often. Counts are exact below 2^53. */
  state(counts: ArrayLike<number>): ValueState {
    const cells = new Float64Array(this.ordered.length)
    const sums = new PowerSums()
    const byFlags = new Float64Array(1 << targetTypes.length)
    let [elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal] = [0, 0, 0, 0, 0, 0]
    for (let code = 0; code < this.size; code++) {
      const count = counts[code] as number
      if (count === 0) continue
      elements += count
      const flags = this.#flags[code] as number
      byFlags[flags] = (byFlags[flags] as number) + count
      const value = this.values[code] as number
      const place = this.#places[code] as number
      if (place < 0) {
        if (value === Number.POSITIVE_INFINITY) positiveInfinity += count
        else if (value === Number.NEGATIVE_INFINITY) negativeInfinity += count
        else nan += count
        continue
      }
      if (value === 0) zeros += count
      if (this.#subnormal[code] === 1) subnormal += count
      cells[place] = (cells[place] as number) + count
      sums.add(this.#mantissas[code] as number, this.#exponents[code] as number, count)
    }
    const representable = new Float64Array(targetTypes.length)
    byFlags.forEach((count, flags) => void addFlags(representable, flags, count))
    const sparse = countsWithin(cells)
    const valueAt = (at: number) =>
      sparse.keys.length === 0 ? null : (this.ordered[sparse.keys.at(at) as number] as number)
    return {
      elements,
      nan,
      positiveInfinity,
      negativeInfinity,
      zeros,
      subnormal,
      min: valueAt(0),
      max: valueAt(-1),
      modulus: null,
      ...sums.result(),
      imaginarySum: null,
      exactBlocks: 0,
      representable: this.isFloat ? representable : null,
      cells: sparse,
      exactCells: true,
    }
  }

  /** Counts of places as counts of sketch cells. */
  sketch(places: SparseCounts): SparseCounts {
    this.#cells ??= Int32Array.from(this.ordered, cellOf)
    const keys = new Int32Array(places.keys.length)
    const counts = new Float64Array(places.keys.length)
    // Places ascend, and so do the cells they are in.
    let size = 0
    for (let i = 0; i < keys.length; i++) {
      const cell = this.#cells[places.keys[i] as number] as number
      if (size === 0 || keys[size - 1] !== cell) keys[size++] = cell
      counts[size - 1] = (counts[size - 1] as number) + (places.counts[i] as number)
    }
    return { keys: keys.slice(0, size), counts: counts.slice(0, size) }
  }
}

/** Where a number is in an ascending list; -1 where it is not finite. */
function placeIn(ordered: Float64Array, value: number): number {
  if (!Number.isFinite(value)) return -1
  let [low, high] = [0, ordered.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ordered[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** The counts that are not zero, by their places. */
function countsWithin(counts: Float64Array): SparseCounts {
  const keys = new Int32Array(counts.length)
  let size = 0
  for (let place = 0; place < counts.length; place++) if (counts[place] !== 0) keys[size++] = place
  return { keys: keys.slice(0, size), counts: counts.filter((count) => count !== 0) }
}

interface PowerSum {
  sum: number
  squares: number
  flushedSum: bigint
  flushedSquares: bigint
}

/** Sums of `mantissa * 2^exponent` and of its squares, exact: of mantissas below 2^17. */
class PowerSums {
  readonly #sums = new Map<number, PowerSum>()
  /** Codes that follow each other have mostly one exponent. */
  #last: { readonly exponent: number; readonly power: PowerSum } | undefined

  add(mantissa: number, exponent: number, count: number): void {
    if (mantissa === 0) return
    const power = this.#of(exponent)
    // The square of a mantissa, 34 bits, times 17 bits is below 2^51: two such sums are added exactly.
    const low = count % 131_072
    if (count > low) {
      const high = BigInt(mantissa) * BigInt(count - low)
      power.flushedSum += high
      power.flushedSquares += high * BigInt(mantissa)
    }
    power.sum += mantissa * low
    power.squares += mantissa * mantissa * low
    if (power.squares < 2 ** 51 && Math.abs(power.sum) < 2 ** 51) return
    power.flushedSum += BigInt(power.sum)
    power.flushedSquares += BigInt(power.squares)
    power.sum = 0
    power.squares = 0
  }

  #of(exponent: number): PowerSum {
    if (this.#last?.exponent === exponent) return this.#last.power
    let power = this.#sums.get(exponent)
    if (power === undefined) {
      power = { sum: 0, squares: 0, flushedSum: 0n, flushedSquares: 0n }
      this.#sums.set(exponent, power)
    }
    this.#last = { exponent, power }
    return power
  }

  result(): { sum: bigint; squares: bigint } {
    let sum = 0n
    let squares = 0n
    for (const [exponent, power] of this.#sums) {
      sum += scaledSum(power.flushedSum + BigInt(power.sum), exponent)
      squares += scaledSquares(power.flushedSquares + BigInt(power.squares), 2 * exponent)
    }
    return { sum, squares }
  }
}

const tables = new Map<DType, CodeTable | null>()

/** The table of a type; null for types of more than 16 bits, and for those whose bits are no numbers. */
export function codeTableOf(dtype: DType): CodeTable | null {
  let table = tables.get(dtype)
  if (table === undefined) {
    table = makeTable(dtype)
    tables.set(dtype, table)
  }
  return table
}

const integerBits: Readonly<Partial<Record<DType, readonly [bits: number, signed: boolean]>>> = {
  // Any byte that is not 0 is true to torch; which bytes are neither 0 nor 1 shows in min and max.
  BOOL: [8, false],
  U8: [8, false],
  I8: [8, true],
  QU8: [8, false],
  QI8: [8, true],
  U16: [16, false],
  I16: [16, true],
  QU4X2: [4, false],
  QU2X4: [2, false],
}

function makeTable(dtype: DType): CodeTable | null {
  const integer = integerBits[dtype]
  if (integer !== undefined) {
    const [bits, signed] = integer
    return new CodeTable(bits, false, (code) => {
      const value = signed && code >= 2 ** (bits - 1) ? code - 2 ** bits : code
      return { value, mantissa: value, exponent: 0, subnormal: false }
    })
  }
  // Powers of two and one NaN, without sign or zero: OCP Microscaling 1.0.
  if (dtype === 'F8_E8M0')
    return new CodeTable(8, true, (code) => ({
      value: code === 255 ? Number.NaN : 2 ** (code - 127),
      mantissa: code === 255 ? 0 : 1,
      exponent: code - 127,
      subnormal: false,
    }))
  const type = minifloats[dtype]
  if (type === undefined) return null
  return new CodeTable(1 + type.exponentBits + type.fractionBits, true, (code) => {
    const { special, mantissa, exponent, subnormal } = decodeMinifloat(code, type)
    const value =
      special === null
        ? mantissa * 2 ** exponent
        : special === 'nan'
          ? Number.NaN
          : special === 'positive infinity'
            ? Number.POSITIVE_INFINITY
            : Number.NEGATIVE_INFINITY
    return { value, mantissa, exponent, subnormal }
  })
}
