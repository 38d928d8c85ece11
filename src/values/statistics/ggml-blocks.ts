import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { codeTableOf } from './code-table.ts'
import type { Decoding } from './decoded-windows.ts'
import { gridOf } from './ggml-grids.ts'

// The blocks of ggml (ggml/src/ggml-quants.c, `dequantize_row_*`), by their definition in gguf-py/gguf/quants.py, to which a test
// holds them; those of Q8_1, Q8_K, Q1_0 and Q2_0 by ggml alone. Products and sums are exact in doubles and rounded once, to the float32 that ggml computes.

/** Writes the values of the block that begins at `at` to `out`, from `to` on. */
export type BlockDecoder = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void

type Bytes = Uint8Array

const byte = (bytes: Bytes, at: number): number => bytes[at] as number
const signed = (bytes: Bytes, at: number): number => (byte(bytes, at) << 24) >> 24
const u16 = (bytes: Bytes, at: number): number => byte(bytes, at) | (byte(bytes, at + 1) << 8)
const u32 = (bytes: Bytes, at: number): number => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0
const halfOf = (code: number): number => codeTableOf('F16')?.values[code] as number
const f16 = (bytes: Bytes, at: number): number => halfOf(u16(bytes, at))
/** The lower or the higher half of a byte. */
const nibble = (bytes: Bytes, at: number, isHigh: number): number => (byte(bytes, at) >> (4 * isHigh)) & 15

/** A block of 32 whose first 16 values are the lower halves of 16 bytes, and the others their higher halves. */
function halves(
  { scale, least, high, codes }: { scale: number; least: number; high: number | null; codes: number },
  bytes: Bytes,
  out: Float32Array,
  to: number,
): void {
  for (let i = 0; i < 32; i++) {
    const bit = high === null ? 0 : ((high >>> i) & 1) << 4
    out[to + i] = scale * (nibble(bytes, codes + (i & 15), i >> 4) | bit) + least
  }
}

const halvesFrom =
  (offset: number, isFive: boolean): BlockDecoder =>
  (bytes, at, out, to) => {
    const scale = f16(bytes, at)
    const high = isFive ? u32(bytes, at + 2) : null
    for (let i = 0; i < 32; i++) {
      const bit = high === null ? 0 : ((high >>> i) & 1) << 4
      out[to + i] = scale * ((nibble(bytes, at + (isFive ? 6 : 2) + (i & 15), i >> 4) | bit) - offset)
    }
  }

const q4_1: BlockDecoder = (bytes, at, out, to) =>
  halves({ scale: f16(bytes, at), least: f16(bytes, at + 2), high: null, codes: at + 4 }, bytes, out, to)

const q5_1: BlockDecoder = (bytes, at, out, to) =>
  halves(
    { scale: f16(bytes, at), least: f16(bytes, at + 2), high: u32(bytes, at + 4), codes: at + 8 },
    bytes,
    out,
    to,
  )

const q8_0: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at)
  for (let i = 0; i < 32; i++) out[to + i] = scale * signed(bytes, at + 2 + i)
}

/** Two bits of value `i` of 256: 32 bytes hold 128 of them, those of each quarter in one place of all bytes. */
const twoBits = (bytes: Bytes, at: number, i: number): number =>
  (byte(bytes, at + (i >> 7) * 32 + (i & 31)) >> (2 * ((i >> 5) & 3))) & 3

const q2_k: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at + 80)
  const least = f16(bytes, at + 82)
  for (let i = 0; i < 256; i++) {
    const both = byte(bytes, at + (i >> 4))
    out[to + i] = scale * (both & 15) * twoBits(bytes, at + 16, i) - least * (both >> 4)
  }
}

const q3_k: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at + 108)
  for (let i = 0; i < 256; i++) {
    const group = i >> 4
    const low = nibble(bytes, at + 96 + (group & 7), group >> 3)
    const high = (byte(bytes, at + 104 + (group & 3)) >> (2 * (group >> 2))) & 3
    const own = (low | (high << 4)) - 32
    // Where the bit is set nothing is taken away.
    const offset = (byte(bytes, at + (i & 31)) >> (i >> 5)) & 1 ? 0 : 4
    out[to + i] = scale * own * (twoBits(bytes, at + 32, i) - offset)
  }
}

/** The scale and the minimum of a group of 32, of six bits each, in 12 bytes. */
function scaleAndLeast(bytes: Bytes, at: number, group: number): readonly [number, number] {
  if (group < 4) return [byte(bytes, at + group) & 63, byte(bytes, at + 4 + group) & 63]
  const both = byte(bytes, at + 4 + group)
  return [
    (both & 15) | ((byte(bytes, at + group - 4) >> 2) & 0x30),
    (both >> 4) | ((byte(bytes, at + group) >> 2) & 0x30),
  ]
}

/** Q4_K, and Q5_K with a fifth bit of each value before the others. */
const groupsOf32 =
  (isFive: boolean): BlockDecoder =>
  (bytes, at, out, to) => {
    const d = f16(bytes, at)
    const dmin = f16(bytes, at + 2)
    const codes = at + (isFive ? 48 : 16)
    for (let group = 0; group < 8; group++) {
      const [own, min] = scaleAndLeast(bytes, at + 4, group)
      const scale = d * own
      const least = dmin * min
      for (let i = 0; i < 32; i++) {
        const high = isFive ? ((byte(bytes, at + 16 + i) >> group) & 1) << 4 : 0
        const code = nibble(bytes, codes + (group >> 1) * 32 + i, group & 1) | high
        out[to + 32 * group + i] = scale * code - least
      }
    }
  }

const q6_k: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at + 208)
  for (let i = 0; i < 256; i++) {
    const low = nibble(bytes, at + (i >> 7) * 64 + (i & 63), (i >> 6) & 1)
    const code = (low | (twoBits(bytes, at + 128, i) << 4)) - 32
    out[to + i] = scale * signed(bytes, at + 192 + (i >> 4)) * code
  }
}

/** A digit of base 3 of a byte that stands for a fraction. */
const ternary = (value: number, power: number): number => ((((value * power) & 255) * 3) >> 8) - 1
const powers = [1, 3, 9, 27, 81] as const

const tq1_0: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at + 52)
  let next = to
  for (const [from, count, digits] of [
    [0, 32, 5],
    [32, 16, 5],
    [48, 4, 4],
  ] as const)
    for (const power of powers.slice(0, digits))
      for (let i = 0; i < count; i++) out[next++] = scale * ternary(byte(bytes, at + from + i), power)
}

const tq2_0: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at + 64)
  for (let i = 0; i < 256; i++) out[to + i] = scale * (twoBits(bytes, at, i) - 1)
}

/** E2M1, doubled. */
const e2m1 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12] as const

const mxfp4: BlockDecoder = (bytes, at, out, to) => {
  const scale = 2 ** (byte(bytes, at) - 128)
  for (let i = 0; i < 32; i++)
    out[to + i] = scale * (e2m1[nibble(bytes, at + 1 + (i & 15), i >> 4)] as number)
}

/** E4M3 without a sign, halved as the values are doubled. */
function ue4m3(code: number): number {
  if (code === 0 || code === 0x7f) return 0
  const exponent = (code >> 3) & 15
  const mantissa = code & 7
  return exponent === 0 ? mantissa * 2 ** -10 : (1 + mantissa / 8) * 2 ** (exponent - 8)
}

const nvfp4: BlockDecoder = (bytes, at, out, to) => {
  for (let i = 0; i < 64; i++) {
    const part = i >> 4
    const code = nibble(bytes, at + 4 + part * 8 + (i & 7), (i >> 3) & 1)
    out[to + i] = ue4m3(byte(bytes, at + part)) * (e2m1[code] as number)
  }
}

/** IQ4_NL and IQ4_XS: steps that are closer about zero. */
const steps = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const

const iq4_nl: BlockDecoder = (bytes, at, out, to) => {
  const scale = f16(bytes, at)
  for (let i = 0; i < 32; i++)
    out[to + i] = scale * (steps[nibble(bytes, at + 2 + (i & 15), i >> 4)] as number)
}

const iq4_xs: BlockDecoder = (bytes, at, out, to) => {
  const d = f16(bytes, at)
  const high = u16(bytes, at + 2)
  for (let i = 0; i < 256; i++) {
    const group = i >> 5
    const own = nibble(bytes, at + 4 + (group >> 1), group & 1) | (((high >> (2 * group)) & 3) << 4)
    const code = nibble(bytes, at + 8 + 16 * group + (i & 15), (i >> 4) & 1)
    out[to + i] = d * (own - 32) * (steps[code] as number)
  }
}

/** Eight signs, of which seven are stored: an even number of them is negative. */
function evenSigns(code: number): number {
  let ones = 0
  for (let rest = code; rest > 0; rest &= rest - 1) ones++
  return code | ((ones & 1) << 7)
}

/** Eight values of a table of rows of eight. */
function signedRow(
  grid: Int8Array,
  row: number,
  signs: number,
  scale: number,
  out: Float32Array,
  to: number,
): void {
  for (let i = 0; i < 8; i++) {
    const value = grid[8 * row + i] as number
    out[to + i] = scale * ((signs >> i) & 1 ? -value : value)
  }
}

const iq2_xxs: BlockDecoder = (bytes, at, out, to) => {
  const grid = gridOf('IQ2_XXS')
  const d = f16(bytes, at)
  for (let group = 0; group < 8; group++) {
    const from = at + 2 + 8 * group
    const rest = u32(bytes, from + 4)
    const scale = d * (0.5 + (rest >>> 28)) * 0.25
    for (let i = 0; i < 4; i++)
      signedRow(
        grid,
        byte(bytes, from + i),
        evenSigns((rest >>> (7 * i)) & 127),
        scale,
        out,
        to + 32 * group + 8 * i,
      )
  }
}

const iq2_xs: BlockDecoder = (bytes, at, out, to) => {
  const grid = gridOf('IQ2_XS')
  const d = f16(bytes, at)
  for (let i = 0; i < 32; i++) {
    const code = u16(bytes, at + 2 + 2 * i)
    const scale = d * (0.5 + nibble(bytes, at + 66 + (i >> 2), (i >> 1) & 1)) * 0.25
    signedRow(grid, code & 511, evenSigns(code >> 9), scale, out, to + 8 * i)
  }
}

const iq2_s: BlockDecoder = (bytes, at, out, to) => {
  const grid = gridOf('IQ2_S')
  const d = f16(bytes, at)
  for (let i = 0; i < 32; i++) {
    const row = byte(bytes, at + 2 + i) | (((byte(bytes, at + 66 + (i >> 2)) >> (2 * (i & 3))) & 3) << 8)
    const scale = d * (0.5 + nibble(bytes, at + 74 + (i >> 2), (i >> 1) & 1)) * 0.25
    signedRow(grid, row, byte(bytes, at + 34 + i), scale, out, to + 8 * i)
  }
}

/** Eight values of a table of rows of four. */
function signedRows(
  grid: Int8Array,
  rows: readonly [number, number],
  signs: number,
  scale: number,
  out: Float32Array,
  to: number,
): void {
  for (let i = 0; i < 8; i++) {
    const value = grid[4 * (rows[i >> 2] as number) + (i & 3)] as number
    out[to + i] = scale * ((signs >> i) & 1 ? -value : value)
  }
}

const iq3_xxs: BlockDecoder = (bytes, at, out, to) => {
  const grid = gridOf('IQ3_XXS')
  const d = f16(bytes, at)
  for (let i = 0; i < 32; i++) {
    const rest = u32(bytes, at + 66 + 4 * (i >> 2))
    const rows = [byte(bytes, at + 2 + 2 * i), byte(bytes, at + 3 + 2 * i)] as const
    const signs = evenSigns((rest >>> (7 * (i & 3))) & 127)
    signedRows(grid, rows, signs, d * (0.5 + (rest >>> 28)) * 0.5, out, to + 8 * i)
  }
}

const iq3_s: BlockDecoder = (bytes, at, out, to) => {
  const grid = gridOf('IQ3_S')
  const d = f16(bytes, at)
  const row = (i: number): number =>
    byte(bytes, at + 2 + i) | (((byte(bytes, at + 66 + (i >> 3)) >> (i & 7)) & 1) << 8)
  for (let i = 0; i < 32; i++) {
    const scale = d * (1 + 2 * nibble(bytes, at + 106 + (i >> 3), (i >> 2) & 1))
    signedRows(grid, [row(2 * i), row(2 * i + 1)], byte(bytes, at + 74 + i), scale, out, to + 8 * i)
  }
}

/** What IQ1 adds to each of eight values, or takes away. */
const shift = 0.125

function shiftedRow(row: number, scale: number, isLess: boolean, out: Float32Array, to: number): void {
  const grid = gridOf('IQ1_S')
  for (let i = 0; i < 8; i++)
    out[to + i] = scale * ((grid[8 * row + i] as number) + (isLess ? -shift : shift))
}

const iq1_s: BlockDecoder = (bytes, at, out, to) => {
  const d = f16(bytes, at)
  for (let i = 0; i < 32; i++) {
    const high = u16(bytes, at + 34 + 2 * (i >> 2))
    const row = byte(bytes, at + 2 + i) | (((high >> (3 * (i & 3))) & 7) << 8)
    shiftedRow(row, d * (2 * ((high >> 12) & 7) + 1), (high & 0x8000) !== 0, out, to + 8 * i)
  }
}

const iq1_m: BlockDecoder = (bytes, at, out, to) => {
  const scales = [0, 1, 2, 3].map((i) => u16(bytes, at + 48 + 2 * i))
  // The scale of the block is in the highest four bits of four numbers.
  const d = halfOf(scales.reduce((code, own, i) => code | ((own >> 12) << (4 * i)), 0))
  for (let i = 0; i < 32; i++) {
    const high = nibble(bytes, at + 32 + (i >> 1), i & 1)
    const own = ((scales[i >> 3] as number) >> (3 * ((i >> 1) & 3))) & 7
    shiftedRow(byte(bytes, at + i) | ((high & 7) << 8), d * (2 * own + 1), (high & 8) !== 0, out, to + 8 * i)
  }
}

/** What ggml makes of activations: a scale, sums that follow from the rest, and numbers of eight bits. */
const q8_1: BlockDecoder = (bytes, at, out, to) => {
  const d = f16(bytes, at)
  for (let i = 0; i < 32; i++) out[to + i] = d * signed(bytes, at + 4 + i)
}

const q8_k: BlockDecoder = (bytes, at, out, to) => {
  const d = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true)
  for (let i = 0; i < 256; i++) out[to + i] = d * signed(bytes, at + 4 + i)
}

/** A sign for each value. */
const q1_0: BlockDecoder = (bytes, at, out, to) => {
  const d = f16(bytes, at)
  for (let i = 0; i < 128; i++) out[to + i] = (byte(bytes, at + 2 + (i >> 3)) >> (i & 7)) & 1 ? d : -d
}

const q2_0: BlockDecoder = (bytes, at, out, to) => {
  const d = f16(bytes, at)
  for (let i = 0; i < 64; i++) out[to + i] = (((byte(bytes, at + 2 + (i >> 2)) >> (2 * (i & 3))) & 3) - 1) * d
}

const decoders: Partial<Record<DType, BlockDecoder>> = {
  Q4_0: halvesFrom(8, false),
  Q4_1: q4_1,
  Q5_0: halvesFrom(16, true),
  Q5_1: q5_1,
  Q8_0: q8_0,
  Q8_1: q8_1,
  Q8_K: q8_k,
  Q1_0: q1_0,
  Q2_0: q2_0,
  Q2_K: q2_k,
  Q3_K: q3_k,
  Q4_K: groupsOf32(false),
  Q5_K: groupsOf32(true),
  Q6_K: q6_k,
  TQ1_0: tq1_0,
  TQ2_0: tq2_0,
  MXFP4: mxfp4,
  NVFP4: nvfp4,
  IQ2_XXS: iq2_xxs,
  IQ2_XS: iq2_xs,
  IQ2_S: iq2_s,
  IQ3_XXS: iq3_xxs,
  IQ3_S: iq3_s,
  IQ1_S: iq1_s,
  IQ1_M: iq1_m,
  IQ4_NL: iq4_nl,
  IQ4_XS: iq4_xs,
}

/** What makes numbers of the blocks of a type; null for a type without such, or without a published definition. */
export function blockDecoder(dtype: DType): BlockDecoder | null {
  return decoders[dtype] ?? null
}

/** How the blocks of a type are worked out; null for one that has none. */
export function ggmlDecoding(dtype: DType): Decoding | null {
  const decode = blockDecoder(dtype)
  if (decode === null) return null
  const { bytes: unit, elements } = dtypes[dtype].block
  return {
    unit,
    decode(bytes) {
      const values = new Float32Array((bytes.length / unit) * elements)
      for (let at = 0, to = 0; at < bytes.length; at += unit, to += elements) decode(bytes, at, values, to)
      return values
    },
  }
}
