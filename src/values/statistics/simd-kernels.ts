import type { DType } from '../../model/tensors/dtype.ts'
import { targetTypes } from '../../model/values/statistics.ts'
import { type CodeTable, codeTableOf } from './code-table.ts'
import { exact } from './integer-kernel.ts'
import { blockElements, type Extent, type Kernel, type MakeKernel } from './kernel.ts'
import { kernelBytes } from './kernel-bytes.ts'
import { portableKernel } from './portable-kernels.ts'
import { cellOf, cellsOfOctave, normalCells } from './sketch.ts'
import { countsOf, mergedCounts, noCounts, type SparseCounts } from './sparse-counts.ts'
import { emptyState, type ValueState } from './value-state.ts'

/** What kernels/statistics.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  reset(): void
  clear(bytes: number): void
  f32s(pointer: number, elements: number, full: boolean): void
  f64s(pointer: number, elements: number, full: boolean): void
  i32s(pointer: number, elements: number, signed: boolean, first: boolean): void
  i64s(pointer: number, elements: number, signed: boolean, first: boolean): void
  codes16(pointer: number, elements: number): void
  codes8(pointer: number, elements: number): void
  ranges32(pointer: number, elements: number): void
  ranges16(pointer: number, elements: number, infinity: number, normal: number): void
}

// Where things are in its memory.
const state = 1_024
const sums = 2_048
const sumDigits = 72
const squares = 3_072
const squareDigits = 140
const table = 65_536
const input = 2 * 65_536 + (1 << 20)
/** Bytes that are taken in at once: whole blocks of every type. */
const inputBytes = 4 << 20

/** Elements after which counts of 32 bits are taken away. */
const mostCounted = 2 ** 31

/** The compiled kernels, or null where there is no WebAssembly with SIMD. */
export async function loadSimd(): Promise<SimdKernels | null> {
  if (typeof WebAssembly !== 'object') return null
  const bytes = Uint8Array.from(atob(kernelBytes), (character) => character.charCodeAt(0))
  if (!WebAssembly.validate(bytes)) return null
  const { instance } = await WebAssembly.instantiate(bytes)
  return new SimdKernels(instance.exports as unknown as Exports)
}

/** One memory, in which one run is under way at a time. */
export class SimdKernels {
  readonly #exports: Exports
  readonly #bytes: Uint8Array

  constructor(exports: Exports) {
    this.#exports = exports
    this.#bytes = new Uint8Array(exports.memory.buffer)
  }

  /** As `portableKernel`, to the bit, and a hundred times as fast. Ends the run of the kernel before. */
  readonly kernel: MakeKernel = (dtype, elements, extent = 'full') => {
    const run = this.#run(dtype, extent)
    return run === null ? portableKernel(dtype, elements) : new SimdKernel(this.#exports, this.#bytes, run)
  }

  #run(dtype: DType, extent: Extent): Run | null {
    const exports = this.#exports
    const full = extent === 'full'
    if (extent === 'range' && (dtype === 'F32' || dtype === 'BF16' || dtype === 'F16'))
      return new RangeRun(exports, dtype)
    switch (dtype) {
      case 'F32':
        return new FloatRun(exports, 4, 'f32s', full)
      case 'F64':
        return new FloatRun(exports, 8, 'f64s', full)
      case 'I32':
      case 'QI32':
        return new IntegerRun(exports, 4, 'i32s', true)
      case 'U32':
        return new IntegerRun(exports, 4, 'i32s', false)
      case 'I64':
        return new IntegerRun(exports, 8, 'i64s', true)
      case 'U64':
        return new IntegerRun(exports, 8, 'i64s', false)
      default: {
        const codes = codeTableOf(dtype)
        return codes === null || codes.size < 256 ? null : new CodeRun(exports, codes)
      }
    }
  }
}

/** What is done with values that are in the input. */
interface Run {
  /** Bytes of an element. */
  readonly width: number
  begin(): void
  take(elements: number): void
  /** Takes counts away before they are too many for 32 bits. */
  spill(): void
  end(elements: number): ValueState
}

class SimdKernel implements Kernel {
  readonly #exports: Exports
  readonly #bytes: Uint8Array
  readonly #run: Run
  #filled = 0
  #elements = 0
  #counted = 0
  #isUnderWay = false

  constructor(exports: Exports, bytes: Uint8Array, run: Run) {
    this.#exports = exports
    this.#bytes = bytes
    this.#run = run
  }

  /** Where the next values may be put, to be added without being copied. */
  get room(): Uint8Array {
    return this.#bytes.subarray(input + this.#filled, input + inputBytes)
  }

  add(bytes: Uint8Array): void {
    this.#begin()
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + inputBytes - this.#filled)
      const isThere = piece.buffer === this.#bytes.buffer && piece.byteOffset === input + this.#filled
      if (!isThere) this.#bytes.set(piece, input + this.#filled)
      this.#filled += piece.length
      at += piece.length
      const blockBytes = blockElements * this.#run.width
      this.#take(this.#filled - (this.#filled % blockBytes))
    }
  }

  finish(): ValueState {
    this.#begin()
    this.#take(this.#filled)
    const found = this.#run.end(this.#elements)
    this.#isUnderWay = false
    return found
  }

  #begin(): void {
    if (this.#isUnderWay) return
    this.#isUnderWay = true
    this.#filled = 0
    this.#elements = 0
    this.#counted = 0
    this.#exports.reset()
    this.#run.begin()
  }

  #take(bytes: number): void {
    if (bytes === 0) return
    const elements = bytes / this.#run.width
    this.#counted += elements
    if (this.#counted > mostCounted) {
      this.#run.spill()
      this.#counted = elements
    }
    this.#run.take(elements)
    this.#elements += elements
    this.#bytes.copyWithin(input, input + bytes, input + this.#filled)
    this.#filled -= bytes
  }
}

class FloatRun implements Run {
  readonly width: number
  readonly #exports: Exports
  readonly #kernel: 'f32s' | 'f64s'
  readonly #full: boolean
  #cells: SparseCounts = noCounts

  constructor(exports: Exports, width: number, kernel: 'f32s' | 'f64s', full: boolean) {
    this.#exports = exports
    this.width = width
    this.#kernel = kernel
    this.#full = full
  }

  begin(): void {
    this.#cells = noCounts
    if (this.#full) this.#exports.clear(this.#tableBytes)
  }

  take(elements: number): void {
    this.#exports[this.#kernel](input, elements, this.#full)
  }

  spill(): void {
    if (!this.#full) return
    this.#cells = mergedCounts(
      this.#cells,
      this.#kernel === 'f32s' ? cells32(this.#exports) : cells64(this.#exports),
    )
    this.#exports.clear(this.#tableBytes)
  }

  end(elements: number): ValueState {
    this.spill()
    const { counter, nan, positiveInfinity, negativeInfinity, zeros, subnormal, least, greatest } = seenIn(
      this.#exports,
    )
    const zeroCell = this.#cells.keys.indexOf(0)
    const inZeroCell = zeroCell < 0 ? 0 : (this.#cells.counts[zeroCell] as number)
    return {
      elements,
      nan,
      positiveInfinity,
      negativeInfinity,
      zeros: this.#full ? inZeroCell : zeros,
      subnormal,
      min: least,
      max: greatest,
      modulus: null,
      sum: digitsAt(this.#exports, sums, sumDigits),
      imaginarySum: null,
      squares: digitsAt(this.#exports, squares, squareDigits),
      exactBlocks: counter(5),
      representable: this.#full ? Float64Array.from(targetTypes, (_, i) => counter(8 + i)) : null,
      cells: this.#full ? this.#cells : null,
      exactCells: false,
    }
  }

  /** Of the tables that it uses. */
  get #tableBytes(): number {
    return this.#kernel === 'f32s' ? 65_536 * 4 + 2 * tinyCells * 4 : (1 << 20) + 2 * normalCells * 4
  }
}

/** What a kernel of floats has counted. */
function seenIn({ memory }: Exports) {
  const view = new DataView(memory.buffer)
  const counter = (index: number) => Number(view.getBigUint64(state + 8 * index, true))
  const extreme = (at: number) => {
    const found = view.getFloat64(at, true)
    return Number.isNaN(found) ? null : found
  }
  return {
    counter,
    nan: counter(0),
    positiveInfinity: counter(1),
    negativeInfinity: counter(2),
    zeros: counter(3),
    subnormal: counter(4),
    least: extreme(state + 48),
    greatest: extreme(state + 56),
  }
}

/** Magnitudes of infinity and of the smallest normal number, as their bits. */
const halves = {
  BF16: { infinity: 0x7f80, normal: 0x0080 },
  F16: { infinity: 0x7c00, normal: 0x0400 },
} as const

class RangeRun implements Run {
  readonly width: number
  readonly #exports: Exports
  readonly #dtype: 'F32' | keyof typeof halves

  constructor(exports: Exports, dtype: 'F32' | keyof typeof halves) {
    this.#exports = exports
    this.#dtype = dtype
    this.width = dtype === 'F32' ? 4 : 2
  }

  begin(): void {}

  take(elements: number): void {
    if (this.#dtype === 'F32') this.#exports.ranges32(input, elements)
    else {
      const { infinity, normal } = halves[this.#dtype]
      this.#exports.ranges16(input, elements, infinity, normal)
    }
  }

  spill(): void {}

  end(elements: number): ValueState {
    const { nan, positiveInfinity, negativeInfinity, zeros, subnormal, least, greatest } = seenIn(
      this.#exports,
    )
    return {
      ...emptyState,
      elements,
      nan,
      positiveInfinity,
      negativeInfinity,
      zeros,
      subnormal,
      min: this.#extreme(least),
      max: this.#extreme(greatest),
      representable: null,
      cells: null,
      isRange: true,
    }
  }

  /** What was found of 16 bits is a code in the order of the values. */
  #extreme(found: number | null): number | null {
    if (found === null || this.#dtype === 'F32') return found
    const code = found < 0 ? (found ^ 0x7fff) & 0xffff : found
    return (codeTableOf(this.#dtype)?.values[code] as number) + 0
  }
}

class IntegerRun implements Run {
  readonly width: number
  readonly #exports: Exports
  readonly #kernel: 'i32s' | 'i64s'
  readonly #signed: boolean
  #isFirst = true
  #cells: SparseCounts = noCounts

  constructor(exports: Exports, width: number, kernel: 'i32s' | 'i64s', signed: boolean) {
    this.#exports = exports
    this.width = width
    this.#kernel = kernel
    this.#signed = signed
  }

  begin(): void {
    this.#isFirst = true
    this.#cells = noCounts
    this.#exports.clear(1 << 20)
  }

  take(elements: number): void {
    this.#exports[this.#kernel](input, elements, this.#signed, this.#isFirst)
    this.#isFirst = false
  }

  spill(): void {
    this.#cells = mergedCounts(this.#cells, integerCells(this.#exports))
    this.#exports.clear(1 << 20)
  }

  end(elements: number): ValueState {
    this.spill()
    const view = new DataView(this.#exports.memory.buffer)
    const isSigned = this.#signed || this.#kernel === 'i32s'
    const extreme = (at: number) =>
      elements === 0 ? null : exact(isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true))
    return {
      elements,
      nan: 0,
      positiveInfinity: 0,
      negativeInfinity: 0,
      zeros: Number(view.getBigUint64(state + 24, true)),
      subnormal: 0,
      min: extreme(state + 48),
      max: extreme(state + 56),
      modulus: null,
      sum: digitsAt(this.#exports, sums, sumDigits),
      imaginarySum: null,
      squares: digitsAt(this.#exports, squares, squareDigits),
      exactBlocks: 0,
      representable: null,
      cells: this.#cells,
      exactCells: false,
    }
  }
}

class CodeRun implements Run {
  readonly width: number
  readonly #exports: Exports
  readonly #codes: CodeTable
  readonly #counts: Float64Array

  constructor(exports: Exports, codes: CodeTable) {
    this.#exports = exports
    this.#codes = codes
    this.#counts = new Float64Array(codes.size)
    this.width = codes.size === 256 ? 1 : 2
  }

  begin(): void {
    this.#counts.fill(0)
    this.#exports.clear(4 * 4 * this.#codes.size)
  }

  take(elements: number): void {
    if (this.width === 1) this.#exports.codes8(input, elements)
    else this.#exports.codes16(input, elements)
  }

  spill(): void {
    const { size } = this.#codes
    const counts = new Uint32Array(this.#exports.memory.buffer, table, 4 * size)
    for (let code = 0; code < size; code++) {
      const count =
        (counts[code] as number) +
        (counts[size + code] as number) +
        (counts[2 * size + code] as number) +
        (counts[3 * size + code] as number)
      if (count > 0) this.#counts[code] = (this.#counts[code] as number) + count
    }
    this.#exports.clear(4 * 4 * size)
  }

  end(): ValueState {
    this.spill()
    return this.#codes.state(this.#counts)
  }
}

/** Cells of subnormal numbers of F32, of one sign. */
const tinyCells = 23 * 64
/** The cell of the smallest subnormal number of F32, and that of the code 0 of its table. */
const firstTiny = cellOf(2 ** -149)
const firstNormal = cellOf(2 ** -127)

/** The cells that F32 values were counted in: two tables by the highest 15 bits, and subnormal numbers apart. */
function cells32({ memory }: Exports): SparseCounts {
  const first = new Uint32Array(memory.buffer, table, 65_536 + 2 * tinyCells)
  const found = new Map<number, number>()
  for (let code = 0; code < 32_768; code++) {
    const count = (first[code] as number) + (first[32_768 + code] as number)
    if (count === 0) continue
    const magnitude = code & 0x3fff
    const cell = magnitude === 0 ? 0 : magnitude + firstNormal
    const key = code >= 0x4000 ? -cell : cell
    found.set(key + 0, (found.get(key + 0) ?? 0) + count)
  }
  for (let i = 0; i < 2 * tinyCells; i++) {
    const count = first[65_536 + i] as number
    if (count === 0) continue
    found.set(i < tinyCells ? firstTiny + i : -(firstTiny + i - tinyCells), count)
  }
  return countsOf(found)
}

/** The cells that doubles were counted in: by their highest 18 bits, and subnormal ones apart. */
function cells64({ memory }: Exports): SparseCounts {
  const counts = new Uint32Array(memory.buffer, table, (1 << 18) + 2 * normalCells)
  return signedCells(counts, (code, isTiny) =>
    isTiny ? code + cellsOfOctave : code === 0 ? 0 : code + normalCells,
  )
}

/** The cells that integers were counted in: those of either sign in half of the table. */
function integerCells({ memory }: Exports): SparseCounts {
  return signedCells(new Uint32Array(memory.buffer, table, 1 << 18), (cell) => cell)
}

/** Of counts of 2^17 codes of positive values and as many of negative ones; behind them may be tiny ones in the same way. */
function signedCells(
  counts: Uint32Array,
  cellOfCode: (code: number, isTiny: boolean) => number,
): SparseCounts {
  const found = new Map<number, number>()
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] as number
    if (count === 0) continue
    const isTiny = at >= 1 << 18
    const half = isTiny ? normalCells : 1 << 17
    const code = at - (isTiny ? 1 << 18 : 0)
    const cell = cellOfCode(code % half, isTiny)
    const key = code < half || cell === 0 ? cell : -cell
    found.set(key, (found.get(key) ?? 0) + count)
  }
  return countsOf(found)
}

/** An exact sum: digits of 32 bits, the lowest first, of which the last has the sign. */
function digitsAt({ memory }: Exports, at: number, count: number): bigint {
  const digits = new BigInt64Array(memory.buffer, at, count)
  let last = count - 1
  while (last > 0 && digits[last] === 0n) last--
  let sum = 0n
  for (let i = last; i >= 0; i--) sum = (sum << 32n) + (digits[i] as bigint)
  return sum
}
