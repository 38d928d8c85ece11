// The kernels of statistics, in AssemblyScript: compiled to WebAssembly with SIMD by `npm run kernels`.
//
// They do to the bit what src/values/statistics does in TypeScript (float-block.ts says why that is right), a hundred times as
// fast. Memory is laid out by hand and never grows:
//
//   state      counts, extremes and lanes of the run under way
//   sums       two exact sums, in digits of 32 bits: of the values and of their squares
//   tables     how often each code, or each cell of the sketch, occurred
//   input      where values are read to

/** Elements that are summed together before they are added exactly. */
const BLOCK: i32 = 4096

// ---- state: by offset, in bytes. `src/values/statistics/simd-kernel.ts` has the same.

const STATE: usize = 1024
const NAN: usize = STATE
const POSITIVE: usize = STATE + 8
const NEGATIVE: usize = STATE + 16
const ZEROS: usize = STATE + 24
const SUBNORMAL: usize = STATE + 32
const EXACT_BLOCKS: usize = STATE + 40
/** The least and the greatest finite value, as doubles; NaN while there is none. Of integers as 64-bit integers. */
const MIN: usize = STATE + 48
const MAX: usize = STATE + 56
/** Five counts: F32, BF16, F16, F8_E4M3, F8_E5M2. */
const HELD: usize = STATE + 64
/** The last block's squares, by lane. */
const LANES: usize = STATE + 128

/** Units of 2^-1074. */
const SUM: usize = 2048
const SUM_DIGITS: i32 = 72
/** Units of 2^-2148. */
const SQUARES: usize = 3072
const SQUARE_DIGITS: i32 = 140

/** 2^18 counts of 32 bits. Of F32, the cells of two tables of 2^15, and of subnormal numbers behind them. */
const TABLE: usize = 65_536
const F32_SECOND: usize = TABLE + 32_768 * 4
const F32_TINY: usize = TABLE + 65_536 * 4
const F32_TINY_CELLS: i32 = 23 * 64
/** Behind all 2^18 counts: the cells of subnormal numbers of F64, those below zero after the others. */
const F64_TINY: usize = TABLE + (1 << 20)
const F64_TINY_CELLS: i32 = 52 * 64

/** Forgets the run before. */
export function reset(): void {
  memory.fill(STATE, 0, 4096 - 1024)
  memory.fill(SQUARES, 0, SQUARE_DIGITS * 8)
  store<f64>(MIN, NaN)
  store<f64>(MAX, NaN)
}

/** Forgets the counts of the first so many bytes of the tables. */
export function clear(bytes: usize): void {
  memory.fill(TABLE, 0, bytes)
}

// ---- exact sums

/** Adds or subtracts 64 bits at a bit of an exact sum. */
// @ts-ignore: decorator
@inline
function add64(digits: usize, value: u64, position: i32, negative: bool): void {
  const at = digits + ((<usize>(position >> 5)) << 3)
  const shift = <u64>(position & 31)
  const low = value << shift
  const high = shift == 0 ? 0 : value >> (64 - shift)
  const d0 = <i64>(low & 0xffff_ffff)
  const d1 = <i64>(low >> 32)
  const d2 = <i64>high
  if (negative) {
    store<i64>(at, load<i64>(at) - d0)
    store<i64>(at, load<i64>(at, 8) - d1, 8)
    store<i64>(at, load<i64>(at, 16) - d2, 16)
  } else {
    store<i64>(at, load<i64>(at) + d0)
    store<i64>(at, load<i64>(at, 8) + d1, 8)
    store<i64>(at, load<i64>(at, 16) + d2, 16)
  }
}

/** Adds a finite double at units of 2^-(1074 + extra). */
function addDouble(digits: usize, value: f64, extra: i32): void {
  const bits = reinterpret<u64>(value)
  const exponent = <i32>((bits >> 52) & 0x7ff)
  const fraction = bits & 0xf_ffff_ffff_ffff
  if (exponent == 0) add64(digits, fraction, extra, bits >> 63 == 1)
  else add64(digits, fraction | 0x10_0000_0000_0000, exponent - 1 + extra, bits >> 63 == 1)
}

/** Adds a finite double and its square, without any error. */
function addExactly(value: f64): void {
  const bits = reinterpret<u64>(value)
  const exponent = <i32>((bits >> 52) & 0x7ff)
  let mantissa = bits & 0xf_ffff_ffff_ffff
  let position = 0
  if (exponent != 0) {
    mantissa |= 0x10_0000_0000_0000
    position = exponent - 1
  }
  add64(SUM, mantissa, position, bits >> 63 == 1)
  addSquare(mantissa, 2 * position)
}

/** Adds the square of 64 bits at a bit of the exact sum of squares. */
function addSquare(value: u64, position: i32): void {
  const low = value & 0xffff_ffff
  const high = value >> 32
  add64(SQUARES, low * low, position, false)
  add64(SQUARES, low * high, position + 33, false)
  add64(SQUARES, high * high, position + 64, false)
}

/** Carries, so that digits have room again: after a million sums at most. */
function carry(): void {
  carryOf(SUM, SUM_DIGITS)
  carryOf(SQUARES, SQUARE_DIGITS)
}

function carryOf(digits: usize, count: i32): void {
  let rest: i64 = 0
  for (let i = 0; i < count - 1; i++) {
    const at = digits + ((<usize>i) << 3)
    const sum = load<i64>(at) + rest
    rest = sum >> 32
    store<i64>(at, sum & 0xffff_ffff)
  }
  const last = digits + ((<usize>(count - 1)) << 3)
  store<i64>(last, load<i64>(last) + rest)
}

// ---- counts

// @ts-ignore: decorator
@inline
function increase(at: usize, by: u64): void {
  store<u64>(at, load<u64>(at) + by)
}

// @ts-ignore: decorator
@inline
function count(table: usize, index: usize): void {
  const at = table + (index << 2)
  store<u32>(at, load<u32>(at) + 1)
}

function widen(least: f64, greatest: f64): void {
  // -0 + 0 is 0. NaN compares false, so the first value is taken.
  if (!(load<f64>(MIN) <= least)) store<f64>(MIN, least + 0.0)
  if (!(load<f64>(MAX) >= greatest)) store<f64>(MAX, greatest + 0.0)
}

/** Counts the types that hold a value exactly. A finite double. */
function countHeld(value: f64): void {
  const single = <f32>value
  if (<f64>single != value) return
  increase(HELD, 1)
  const bits = reinterpret<u32>(single)
  const magnitude = Math.abs(value)
  if ((bits & 0xffff) == 0) increase(HELD + 8, 1)
  // F16: 10 bits of fraction, normal from 2^-14.
  if (magnitude <= 65504 && (magnitude < 6.103515625e-5 ? isWhole(magnitude * 16777216) : (bits & 0x1fff) == 0))
    increase(HELD + 16, 1)
  // F8_E4M3: 3 bits, normal from 2^-6.
  if (magnitude <= 448 && (magnitude < 0.015625 ? isWhole(magnitude * 512) : (bits & 0xf_ffff) == 0))
    increase(HELD + 24, 1)
  // F8_E5M2: 2 bits, normal from 2^-14.
  if (magnitude <= 57344 && (magnitude < 6.103515625e-5 ? isWhole(magnitude * 65536) : (bits & 0x1f_ffff) == 0))
    increase(HELD + 32, 1)
}

// @ts-ignore: decorator
@inline
function isWhole(value: f64): bool {
  return Math.floor(value) == value
}

/** All five types. */
function countHeldByAll(by: u64): void {
  for (let i: usize = 0; i < 40; i += 8) increase(HELD + i, by)
}

/** What is not finite. */
function countOther(value: f64): void {
  if (value == Infinity) {
    increase(POSITIVE, 1)
    // The types that have infinities: F32, BF16, F16, F8_E5M2.
    increase(HELD, 1)
    increase(HELD + 8, 1)
    increase(HELD + 16, 1)
    increase(HELD + 32, 1)
  } else if (value == -Infinity) {
    increase(NEGATIVE, 1)
    increase(HELD, 1)
    increase(HELD + 8, 1)
    increase(HELD + 16, 1)
    increase(HELD + 32, 1)
  } else {
    increase(NAN, 1)
    countHeldByAll(1)
  }
}

// ---- F32

/**
 * Takes values of F32: whole blocks, but for the last of a tensor.
 *
 * @param full whether cells of the sketch and types that hold a value are counted
 */
export function f32s(pointer: usize, elements: i32, full: bool): void {
  for (let at = 0; at < elements; at += BLOCK) {
    const size = min(BLOCK, elements - at)
    blockF32(pointer + ((<usize>at) << 2), size, full)
  }
  carry()
}

function blockF32(pointer: usize, size: i32, full: bool): void {
  // Magnitudes as integers are in the order of their values.
  const wide = size & ~15
  const mask = i32x4.splat(0x7fff_ffff)
  const one = i32x4.splat(1)
  let most0 = i32x4.splat(0)
  let most1 = most0
  let least0 = i32x4.splat(-1)
  let least1 = least0
  const end = pointer + ((<usize>wide) << 2)
  for (let at = pointer; at < end; at += 64) {
    const a = v128.and(v128.load(at), mask)
    const b = v128.and(v128.load(at, 16), mask)
    const c = v128.and(v128.load(at, 32), mask)
    const d = v128.and(v128.load(at, 48), mask)
    most0 = i32x4.max_u(most0, i32x4.max_u(a, b))
    most1 = i32x4.max_u(most1, i32x4.max_u(c, d))
    // Zero becomes the largest there is, and is no smallest magnitude.
    least0 = i32x4.min_u(least0, i32x4.min_u(i32x4.sub(a, one), i32x4.sub(b, one)))
    least1 = i32x4.min_u(least1, i32x4.min_u(i32x4.sub(c, one), i32x4.sub(d, one)))
  }
  const most4 = i32x4.max_u(most0, most1)
  const least4 = i32x4.min_u(least0, least1)
  let most = max(
    max(<u32>i32x4.extract_lane(most4, 0), <u32>i32x4.extract_lane(most4, 1)),
    max(<u32>i32x4.extract_lane(most4, 2), <u32>i32x4.extract_lane(most4, 3)),
  )
  let least = min(
    min(<u32>i32x4.extract_lane(least4, 0), <u32>i32x4.extract_lane(least4, 1)),
    min(<u32>i32x4.extract_lane(least4, 2), <u32>i32x4.extract_lane(least4, 3)),
  )
  for (let i = wide; i < size; i++) {
    const magnitude = load<u32>(pointer + ((<usize>i) << 2)) & 0x7fff_ffff
    most = max(most, magnitude)
    least = min(least, magnitude - 1)
  }
  if (most == 0) {
    increase(ZEROS, size)
    countHeldByAll(size)
    if (full) store<u32>(TABLE, load<u32>(TABLE) + size)
    widen(0, 0)
    return
  }
  least += 1
  // Anything but normal numbers and zeros takes the slow way: they are rare.
  if (most >= 0x7f80_0000 || least < 0x0080_0000) return slowF32(pointer, size, full)
  const power = <i32>(most >> 23) - 127
  if (power - (<i32>(least >> 23) - 127) > 57) return slowF32(pointer, size, full)
  fastF32(pointer, size, power, full)
}

function fastF32(pointer: usize, size: i32, power: i32, full: bool): void {
  const scale = 1.5 * reinterpret<f64>((<u64>(power + 13 + 1023)) << 52)
  const splitter = f64x2.splat(scale)
  let upper0 = f64x2.splat(0)
  let upper1 = upper0
  let lower0 = upper0
  let lower1 = upper0
  let s0 = upper0
  let s1 = upper0
  let s2 = upper0
  let s3 = upper0
  let low = v128.load32_splat(pointer)
  let high = low
  const fraction = i32x4.splat(0x1fff)
  const zero = i32x4.splat(0)
  const wide = size & ~7
  const end = pointer + ((<usize>wide) << 2)
  if (full) {
    for (let at = pointer; at < end; at += 32) {
      const a = v128.load(at)
      const b = v128.load(at, 16)
      // What has no zeros at its end is in no narrower type: nearly all there is.
      if (v128.any_true(v128.or(i32x4.eq(v128.and(a, fraction), zero), i32x4.eq(v128.and(b, fraction), zero))))
        for (let i: usize = 0; i < 32; i += 4) countHeld(<f64>load<f32>(at + i))
      else increase(HELD, 8)
      const p = i32x4.shr_u(a, 17)
      const q = i32x4.shr_u(b, 17)
      count(TABLE, <usize>i32x4.extract_lane(p, 0))
      count(F32_SECOND, <usize>i32x4.extract_lane(p, 1))
      count(TABLE, <usize>i32x4.extract_lane(p, 2))
      count(F32_SECOND, <usize>i32x4.extract_lane(p, 3))
      count(TABLE, <usize>i32x4.extract_lane(q, 0))
      count(F32_SECOND, <usize>i32x4.extract_lane(q, 1))
      count(TABLE, <usize>i32x4.extract_lane(q, 2))
      count(F32_SECOND, <usize>i32x4.extract_lane(q, 3))
    }
  } else {
    for (let at = pointer; at < end; at += 32) {
      const zeros =
        i32x4.bitmask(i32x4.eq(v128.and(v128.load(at), i32x4.splat(0x7fff_ffff)), zero)) |
        (i32x4.bitmask(i32x4.eq(v128.and(v128.load(at, 16), i32x4.splat(0x7fff_ffff)), zero)) << 4)
      if (zeros != 0) increase(ZEROS, popcnt(zeros))
    }
  }
  for (let at = pointer; at < end; at += 32) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    low = f32x4.pmin(low, f32x4.pmin(a, b))
    high = f32x4.pmax(high, f32x4.pmax(a, b))
    const d0 = f64x2.promote_low_f32x4(a)
    const d1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3))
    const d2 = f64x2.promote_low_f32x4(b)
    const d3 = f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3))
    const u0 = f64x2.sub(f64x2.add(d0, splitter), splitter)
    const u1 = f64x2.sub(f64x2.add(d1, splitter), splitter)
    const u2 = f64x2.sub(f64x2.add(d2, splitter), splitter)
    const u3 = f64x2.sub(f64x2.add(d3, splitter), splitter)
    upper0 = f64x2.add(upper0, f64x2.add(u0, u1))
    upper1 = f64x2.add(upper1, f64x2.add(u2, u3))
    lower0 = f64x2.add(lower0, f64x2.add(f64x2.sub(d0, u0), f64x2.sub(d1, u1)))
    lower1 = f64x2.add(lower1, f64x2.add(f64x2.sub(d2, u2), f64x2.sub(d3, u3)))
    s0 = f64x2.add(s0, f64x2.mul(d0, d0))
    s1 = f64x2.add(s1, f64x2.mul(d1, d1))
    s2 = f64x2.add(s2, f64x2.mul(d2, d2))
    s3 = f64x2.add(s3, f64x2.mul(d3, d3))
  }
  v128.store(LANES, s0)
  v128.store(LANES, s1, 16)
  v128.store(LANES, s2, 32)
  v128.store(LANES, s3, 48)
  const uppers = f64x2.add(upper0, upper1)
  const lowers = f64x2.add(lower0, lower1)
  let upper = f64x2.extract_lane(uppers, 0) + f64x2.extract_lane(uppers, 1)
  let lower = f64x2.extract_lane(lowers, 0) + f64x2.extract_lane(lowers, 1)
  let lowest = Math.min(
    Math.min(<f64>f32x4.extract_lane(low, 0), <f64>f32x4.extract_lane(low, 1)),
    Math.min(<f64>f32x4.extract_lane(low, 2), <f64>f32x4.extract_lane(low, 3)),
  )
  let highest = Math.max(
    Math.max(<f64>f32x4.extract_lane(high, 0), <f64>f32x4.extract_lane(high, 1)),
    Math.max(<f64>f32x4.extract_lane(high, 2), <f64>f32x4.extract_lane(high, 3)),
  )
  for (let i = wide; i < size; i++) {
    const single = load<f32>(pointer + ((<usize>i) << 2))
    const value = <f64>single
    const part = value + scale - scale
    upper += part
    lower += value - part
    const lane = LANES + ((<usize>(i & 7)) << 3)
    store<f64>(lane, load<f64>(lane) + value * value)
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
    if (full) {
      countHeld(value)
      count(TABLE, reinterpret<u32>(single) >> 17)
    } else if (value == 0) increase(ZEROS, 1)
  }
  widen(lowest, highest)
  if (!closeBlock(size, upper, lower)) exactF32(pointer, size)
}

/** Adds what a block came to; false where its squares may be off. */
function closeBlock(finite: i32, upper: f64, lower: f64): bool {
  const squares =
    load<f64>(LANES) +
    load<f64>(LANES, 8) +
    (load<f64>(LANES, 16) + load<f64>(LANES, 24)) +
    (load<f64>(LANES, 32) + load<f64>(LANES, 40) + (load<f64>(LANES, 48) + load<f64>(LANES, 56)))
  const sum = upper + lower
  if (16 * <f64>finite * squares < 17 * sum * sum) return false
  addDouble(SUM, upper, 0)
  addDouble(SUM, lower, 0)
  addDouble(SQUARES, squares, 1074)
  return true
}

function exactF32(pointer: usize, size: i32): void {
  increase(EXACT_BLOCKS, 1)
  for (let i = 0; i < size; i++) {
    const value = <f64>load<f32>(pointer + ((<usize>i) << 2))
    if (Math.abs(value) < Infinity) addExactly(value)
  }
}

function slowF32(pointer: usize, size: i32, full: bool): void {
  let most: f64 = 0
  let least: f64 = Infinity
  let lowest: f64 = Infinity
  let highest: f64 = -Infinity
  let finite = 0
  for (let i = 0; i < size; i++) {
    const single = load<f32>(pointer + ((<usize>i) << 2))
    const value = <f64>single
    const magnitude = Math.abs(value)
    if (!(magnitude < Infinity)) {
      countOther(value)
      continue
    }
    finite++
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
    most = Math.max(most, magnitude)
    if (magnitude > 0) least = Math.min(least, magnitude)
    const isTiny = magnitude > 0 && magnitude < 1.1754943508222875e-38
    if (isTiny) increase(SUBNORMAL, 1)
    if (!full) {
      if (magnitude == 0) increase(ZEROS, 1)
      continue
    }
    countHeld(value)
    if (!isTiny) count(TABLE, reinterpret<u32>(single) >> 17)
    else {
      const cell = <i32>((reinterpret<u64>(magnitude) >> 46) - (1023 - 149) * 64)
      count(F32_TINY, <usize>(value < 0 ? F32_TINY_CELLS + cell : cell))
    }
  }
  if (finite == 0) return
  widen(lowest, highest)
  if (most == 0) return
  const power = powerF32(most)
  if (power - powerF32(least) > 57) return exactF32(pointer, size)
  const splitter = 1.5 * reinterpret<f64>((<u64>(power + 13 + 1023)) << 52)
  memory.fill(LANES, 0, 64)
  let upper: f64 = 0
  let lower: f64 = 0
  for (let i = 0; i < size; i++) {
    const value = <f64>load<f32>(pointer + ((<usize>i) << 2))
    if (!(Math.abs(value) < Infinity)) continue
    const part = value + splitter - splitter
    upper += part
    lower += value - part
    const lane = LANES + ((<usize>(i & 7)) << 3)
    store<f64>(lane, load<f64>(lane) + value * value)
  }
  if (!closeBlock(finite, upper, lower)) exactF32(pointer, size)
}

/** The power of two at or below a magnitude; of subnormal ones that of the smallest normal one. */
function powerF32(magnitude: f64): i32 {
  return max(<i32>(reinterpret<u64>(magnitude) >> 52) - 1023, -126)
}

// ---- F64

export function f64s(pointer: usize, elements: i32, full: bool): void {
  for (let at = 0; at < elements; at += BLOCK) {
    const size = min(BLOCK, elements - at)
    blockF64(pointer + ((<usize>at) << 3), size, full)
  }
  carry()
}

function blockF64(pointer: usize, size: i32, full: bool): void {
  const mask = i64x2.splat(0x7fff_ffff_ffff_ffff)
  const one = i64x2.splat(1)
  let most2 = i64x2.splat(0)
  let least2 = mask
  const wide = size & ~1
  const end = pointer + ((<usize>wide) << 3)
  for (let at = pointer; at < end; at += 16) {
    const a = v128.and(v128.load(at), mask)
    most2 = v128.bitselect(a, most2, i64x2.gt_s(a, most2))
    const less = v128.and(i64x2.sub(a, one), mask)
    least2 = v128.bitselect(less, least2, i64x2.gt_s(least2, less))
  }
  let most = max(i64x2.extract_lane(most2, 0), i64x2.extract_lane(most2, 1))
  let least = min(i64x2.extract_lane(least2, 0), i64x2.extract_lane(least2, 1))
  for (let i = wide; i < size; i++) {
    const magnitude = load<i64>(pointer + ((<usize>i) << 3)) & 0x7fff_ffff_ffff_ffff
    most = max(most, magnitude)
    least = min(least, (magnitude - 1) & 0x7fff_ffff_ffff_ffff)
  }
  if (most == 0) {
    increase(ZEROS, size)
    countHeldByAll(size)
    if (full) store<u32>(TABLE, load<u32>(TABLE) + size)
    widen(0, 0)
    return
  }
  least += 1
  if (most >= 0x7ff0_0000_0000_0000 || least < 0x0010_0000_0000_0000) return slowF64(pointer, size, full)
  const power = <i32>(most >> 52) - 1023
  const isPlain = power - (<i32>(least >> 52) - 1023) <= 28 && abs(power) <= 450
  if (!isPlain) return slowF64(pointer, size, full)
  fastF64(pointer, size, power, full)
}

function fastF64(pointer: usize, size: i32, power: i32, full: bool): void {
  const scale = 1.5 * reinterpret<f64>((<u64>(power + 13 + 1023)) << 52)
  const splitter = f64x2.splat(scale)
  let upper2 = f64x2.splat(0)
  let lower2 = upper2
  let s0 = upper2
  let s1 = upper2
  let s2 = upper2
  let s3 = upper2
  let low = v128.load64_splat(pointer)
  let high = low
  const wide = size & ~7
  const end = pointer + ((<usize>wide) << 3)
  const fraction = i64x2.splat(0x1fff_ffff)
  const zero = i64x2.splat(0)
  for (let at = pointer; at < end; at += 64) {
    const d0 = v128.load(at)
    const d1 = v128.load(at, 16)
    const d2 = v128.load(at, 32)
    const d3 = v128.load(at, 48)
    if (full) {
      const short = v128.or(
        v128.or(i64x2.eq(v128.and(d0, fraction), zero), i64x2.eq(v128.and(d1, fraction), zero)),
        v128.or(i64x2.eq(v128.and(d2, fraction), zero), i64x2.eq(v128.and(d3, fraction), zero)),
      )
      if (v128.any_true(short)) for (let i: usize = 0; i < 64; i += 8) countHeld(load<f64>(at + i))
      for (let i: usize = 0; i < 64; i += 8) count(TABLE, <usize>(load<u64>(at + i) >> 46))
    } else for (let i: usize = 0; i < 64; i += 8) if (load<f64>(at + i) == 0) increase(ZEROS, 1)
    low = f64x2.pmin(low, f64x2.pmin(f64x2.pmin(d0, d1), f64x2.pmin(d2, d3)))
    high = f64x2.pmax(high, f64x2.pmax(f64x2.pmax(d0, d1), f64x2.pmax(d2, d3)))
    const u0 = f64x2.sub(f64x2.add(d0, splitter), splitter)
    const u1 = f64x2.sub(f64x2.add(d1, splitter), splitter)
    const u2 = f64x2.sub(f64x2.add(d2, splitter), splitter)
    const u3 = f64x2.sub(f64x2.add(d3, splitter), splitter)
    upper2 = f64x2.add(upper2, f64x2.add(f64x2.add(u0, u1), f64x2.add(u2, u3)))
    lower2 = f64x2.add(
      lower2,
      f64x2.add(
        f64x2.add(f64x2.sub(d0, u0), f64x2.sub(d1, u1)),
        f64x2.add(f64x2.sub(d2, u2), f64x2.sub(d3, u3)),
      ),
    )
    s0 = f64x2.add(s0, f64x2.mul(d0, d0))
    s1 = f64x2.add(s1, f64x2.mul(d1, d1))
    s2 = f64x2.add(s2, f64x2.mul(d2, d2))
    s3 = f64x2.add(s3, f64x2.mul(d3, d3))
  }
  v128.store(LANES, s0)
  v128.store(LANES, s1, 16)
  v128.store(LANES, s2, 32)
  v128.store(LANES, s3, 48)
  let upper = f64x2.extract_lane(upper2, 0) + f64x2.extract_lane(upper2, 1)
  let lower = f64x2.extract_lane(lower2, 0) + f64x2.extract_lane(lower2, 1)
  let lowest = Math.min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1))
  let highest = Math.max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1))
  for (let i = wide; i < size; i++) {
    const value = load<f64>(pointer + ((<usize>i) << 3))
    const part = value + scale - scale
    upper += part
    lower += value - part
    const lane = LANES + ((<usize>(i & 7)) << 3)
    store<f64>(lane, load<f64>(lane) + value * value)
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
    if (full) {
      countHeld(value)
      count(TABLE, <usize>(reinterpret<u64>(value) >> 46))
    } else if (value == 0) increase(ZEROS, 1)
  }
  widen(lowest, highest)
  if (!closeBlock(size, upper, lower)) exactF64(pointer, size)
}

function exactF64(pointer: usize, size: i32): void {
  increase(EXACT_BLOCKS, 1)
  for (let i = 0; i < size; i++) {
    const value = load<f64>(pointer + ((<usize>i) << 3))
    if (Math.abs(value) < Infinity) addExactly(value)
  }
}

function slowF64(pointer: usize, size: i32, full: bool): void {
  let most: f64 = 0
  let least: f64 = Infinity
  let lowest: f64 = Infinity
  let highest: f64 = -Infinity
  let finite = 0
  for (let i = 0; i < size; i++) {
    const value = load<f64>(pointer + ((<usize>i) << 3))
    const magnitude = Math.abs(value)
    if (!(magnitude < Infinity)) {
      countOther(value)
      continue
    }
    finite++
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
    most = Math.max(most, magnitude)
    if (magnitude > 0) least = Math.min(least, magnitude)
    if (magnitude > 0 && magnitude < 2.2250738585072014e-308) increase(SUBNORMAL, 1)
    if (full) {
      countHeld(value)
      if (magnitude > 0 && magnitude < 2.2250738585072014e-308) {
        const cell = <i32>(reinterpret<u64>(magnitude * 4503599627370496.0) >> 46) - 64
        count(F64_TINY, <usize>(value < 0 ? F64_TINY_CELLS + cell : cell))
      } else count(TABLE, <usize>(reinterpret<u64>(value) >> 46))
    } else if (magnitude == 0) increase(ZEROS, 1)
  }
  if (finite == 0) return
  widen(lowest, highest)
  if (most == 0) return
  const power = powerF64(most)
  if (power - powerF64(least) > 28 || abs(power) > 450) return exactF64(pointer, size)
  const splitter = 1.5 * reinterpret<f64>((<u64>(power + 13 + 1023)) << 52)
  memory.fill(LANES, 0, 64)
  let upper: f64 = 0
  let lower: f64 = 0
  for (let i = 0; i < size; i++) {
    const value = load<f64>(pointer + ((<usize>i) << 3))
    if (!(Math.abs(value) < Infinity)) continue
    const part = value + splitter - splitter
    upper += part
    lower += value - part
    const lane = LANES + ((<usize>(i & 7)) << 3)
    store<f64>(lane, load<f64>(lane) + value * value)
  }
  if (!closeBlock(finite, upper, lower)) exactF64(pointer, size)
}

function powerF64(magnitude: f64): i32 {
  return max(<i32>(reinterpret<u64>(magnitude) >> 52), 1) - 1023
}

// ---- integers

/** Smaller ones have a cell each. This is where a cell of the sketch begins, and all further ones fit in half the table. */
const EACH: u64 = 128_000
const FIRST_SHARED: u64 = (1023 + 16) * 64 + 61

function countInteger(magnitude: u64, negative: bool): void {
  // Cut to what a double holds: rounded up it could be of the next power of two.
  const cell =
    magnitude < EACH ? magnitude : EACH + (reinterpret<u64>(<f64>(magnitude & ~0x7ff)) >> 46) - FIRST_SHARED
  count(TABLE, <usize>(negative ? cell + (1 << 17) : cell))
}

/** Integers of 32 bits. MIN and MAX are 64-bit integers here. */
export function i32s(pointer: usize, elements: i32, signed: bool, first: bool): void {
  let lowest = first ? i64.MAX_VALUE : load<i64>(MIN)
  let highest = first ? i64.MIN_VALUE : load<i64>(MAX)
  let zeros: u64 = 0
  let sum: i64 = 0
  let squaresLow: u64 = 0
  let squaresHigh: u64 = 0
  const end = pointer + ((<usize>elements) << 2)
  for (let at = pointer; at < end; at += 4) {
    const value = signed ? <i64>load<i32>(at) : <i64>load<u32>(at)
    lowest = min(lowest, value)
    highest = max(highest, value)
    if (value == 0) zeros++
    sum += value
    const square = <u64>(value * value)
    squaresLow += square & 0xffff_ffff
    squaresHigh += square >> 32
    countInteger(<u64>(value < 0 ? -value : value), value < 0)
  }
  store<i64>(MIN, lowest)
  store<i64>(MAX, highest)
  increase(ZEROS, zeros)
  add64(SUM, <u64>(sum < 0 ? -sum : sum), 1074, sum < 0)
  add64(SQUARES, squaresLow, 2148, false)
  add64(SQUARES, squaresHigh, 2180, false)
  carry()
}

/** Integers of 64 bits; MIN and MAX are signed where they are. */
export function i64s(pointer: usize, elements: i32, signed: bool, first: bool): void {
  const end = pointer + ((<usize>elements) << 3)
  let zeros: u64 = 0
  if (first) {
    store<u64>(MIN, load<u64>(pointer))
    store<u64>(MAX, load<u64>(pointer))
  }
  for (let at = pointer; at < end; at += 8) {
    const value = load<u64>(at)
    const negative = signed && <i64>value < 0
    if (value == 0) zeros++
    if (signed) {
      if (<i64>value < load<i64>(MIN)) store<u64>(MIN, value)
      if (<i64>value > load<i64>(MAX)) store<u64>(MAX, value)
    } else {
      if (value < load<u64>(MIN)) store<u64>(MIN, value)
      if (value > load<u64>(MAX)) store<u64>(MAX, value)
    }
    const magnitude = negative ? ~value + 1 : value
    add64(SUM, magnitude, 1074, negative)
    addSquare(magnitude, 2148)
    countInteger(magnitude, negative)
  }
  increase(ZEROS, zeros)
  carry()
}

// ---- codes

/** Counts codes of 16 bits, in four tables: the same code over and over must not wait for itself. */
export function codes16(pointer: usize, elements: i32): void {
  const second = TABLE + 65_536 * 4
  const third = second + 65_536 * 4
  const fourth = third + 65_536 * 4
  const end = pointer + ((<usize>elements) << 1)
  let at = pointer
  for (; at + 16 <= end; at += 16) {
    const a = load<u64>(at)
    const b = load<u64>(at, 8)
    count(TABLE, <usize>(a & 0xffff))
    count(second, <usize>((a >> 16) & 0xffff))
    count(third, <usize>((a >> 32) & 0xffff))
    count(fourth, <usize>(a >> 48))
    count(TABLE, <usize>(b & 0xffff))
    count(second, <usize>((b >> 16) & 0xffff))
    count(third, <usize>((b >> 32) & 0xffff))
    count(fourth, <usize>(b >> 48))
  }
  for (; at < end; at += 2) count(TABLE, <usize>load<u16>(at))
}

/** Counts bytes, in four tables. */
export function codes8(pointer: usize, elements: i32): void {
  const second = TABLE + 1024
  const third = second + 1024
  const fourth = third + 1024
  const end = pointer + <usize>elements
  let at = pointer
  for (; at + 8 <= end; at += 8) {
    const a = load<u64>(at)
    count(TABLE, <usize>(a & 0xff))
    count(second, <usize>((a >> 8) & 0xff))
    count(third, <usize>((a >> 16) & 0xff))
    count(fourth, <usize>((a >> 24) & 0xff))
    count(TABLE, <usize>((a >> 32) & 0xff))
    count(second, <usize>((a >> 40) & 0xff))
    count(third, <usize>((a >> 48) & 0xff))
    count(fourth, <usize>(a >> 56))
  }
  for (; at < end; at++) count(TABLE, <usize>load<u8>(at))
}

// ---- counts and extremes, without sums

/** Takes values of F32: counts, the least and the greatest. As fast as memory is read. */
export function ranges32(pointer: usize, elements: i32): void {
  for (let at = 0; at < elements; at += BLOCK) range32(pointer + ((<usize>at) << 2), min(BLOCK, elements - at))
}

function range32(pointer: usize, size: i32): void {
  const wide = size & ~15
  const mask = i32x4.splat(0x7fff_ffff)
  const one = i32x4.splat(1)
  const zero = i32x4.splat(0)
  let most0 = zero
  let most1 = zero
  let least0 = i32x4.splat(-1)
  let least1 = least0
  let zeros0 = zero
  let zeros1 = zero
  let low0 = v128.load32_splat(pointer)
  let low1 = low0
  let high0 = low0
  let high1 = low0
  const end = pointer + ((<usize>wide) << 2)
  for (let at = pointer; at < end; at += 64) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const c = v128.load(at, 32)
    const d = v128.load(at, 48)
    low0 = f32x4.pmin(low0, f32x4.pmin(a, b))
    low1 = f32x4.pmin(low1, f32x4.pmin(c, d))
    high0 = f32x4.pmax(high0, f32x4.pmax(a, b))
    high1 = f32x4.pmax(high1, f32x4.pmax(c, d))
    const p = v128.and(a, mask)
    const q = v128.and(b, mask)
    const r = v128.and(c, mask)
    const t = v128.and(d, mask)
    most0 = i32x4.max_u(most0, i32x4.max_u(p, q))
    most1 = i32x4.max_u(most1, i32x4.max_u(r, t))
    // Zero becomes the largest there is, and is no smallest magnitude.
    least0 = i32x4.min_u(least0, i32x4.min_u(i32x4.sub(p, one), i32x4.sub(q, one)))
    least1 = i32x4.min_u(least1, i32x4.min_u(i32x4.sub(r, one), i32x4.sub(t, one)))
    zeros0 = i32x4.add(zeros0, i32x4.add(i32x4.eq(p, zero), i32x4.eq(q, zero)))
    zeros1 = i32x4.add(zeros1, i32x4.add(i32x4.eq(r, zero), i32x4.eq(t, zero)))
  }
  v128.store(LANES, i32x4.max_u(most0, most1))
  v128.store(LANES, i32x4.min_u(least0, least1), 16)
  v128.store(LANES, i32x4.add(zeros0, zeros1), 32)
  v128.store(LANES, f32x4.pmin(low0, low1), 48)
  v128.store(LANES, f32x4.pmax(high0, high1), 64)
  let most: u32 = 0
  let least: u32 = 0xffff_ffff
  let zeros: i32 = 0
  let low = load<f32>(pointer)
  let high = low
  for (let lane = LANES; lane < LANES + 16; lane += 4) {
    most = max(most, load<u32>(lane))
    least = min(least, load<u32>(lane, 16))
    zeros -= load<i32>(lane, 32)
    low = min(low, load<f32>(lane, 48))
    high = max(high, load<f32>(lane, 64))
  }
  for (let i = wide; i < size; i++) {
    const at = pointer + ((<usize>i) << 2)
    const magnitude = load<u32>(at) & 0x7fff_ffff
    most = max(most, magnitude)
    least = min(least, magnitude - 1)
    if (magnitude == 0) zeros++
    low = min(low, load<f32>(at))
    high = max(high, load<f32>(at))
  }
  // What is not finite, or subnormal, is counted one by one. Of zeros alone the least is the largest there is.
  if (most >= 0x7f80_0000 || least < 0x007f_ffff) return rangeSlow32(pointer, size)
  increase(ZEROS, zeros)
  widen(<f64>low, <f64>high)
}

function rangeSlow32(pointer: usize, size: i32): void {
  let finite = 0
  let low: f64 = Infinity
  let high: f64 = -Infinity
  for (let i = 0; i < size; i++) {
    const value = <f64>load<f32>(pointer + ((<usize>i) << 2))
    const magnitude = Math.abs(value)
    if (!(magnitude < Infinity)) {
      countOther(value)
      continue
    }
    finite++
    low = Math.min(low, value)
    high = Math.max(high, value)
    if (magnitude == 0) increase(ZEROS, 1)
    else if (magnitude < 1.1754943508222875e-38) increase(SUBNORMAL, 1)
  }
  if (finite > 0) widen(low, high)
}

/**
 * The same of floats of 16 bits. The extremes are codes in the order of their values: those of negative numbers with their
 * lower bits turned.
 *
 * @param infinity the magnitude of infinity, as its bits: more is NaN
 * @param normal that of the smallest normal number
 */
export function ranges16(pointer: usize, elements: i32, infinity: i32, normal: i32): void {
  for (let at = 0; at < elements; at += BLOCK)
    range16(pointer + ((<usize>at) << 1), min(BLOCK, elements - at), infinity, normal)
}

function range16(pointer: usize, size: i32, infinity: i32, normal: i32): void {
  const wide = size & ~15
  const mask = i16x8.splat(0x7fff)
  const one = i16x8.splat(1)
  const zero = i16x8.splat(0)
  const last = i16x8.splat(<i16>(normal - 1))
  let most = zero
  let zeros = zero
  let small = zero
  let low = i16x8.splat(0x7fff)
  let high = i16x8.splat(-0x8000)
  const end = pointer + ((<usize>wide) << 1)
  for (let at = pointer; at < end; at += 32) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const p = v128.and(a, mask)
    const q = v128.and(b, mask)
    most = i16x8.max_u(most, i16x8.max_u(p, q))
    zeros = i16x8.add(zeros, i16x8.add(i16x8.eq(p, zero), i16x8.eq(q, zero)))
    // Zeros are small too, and taken away in the end.
    small = i16x8.add(small, i16x8.add(i16x8.eq(i16x8.min_u(p, last), p), i16x8.eq(i16x8.min_u(q, last), q)))
    const x = v128.xor(a, v128.and(i16x8.shr_s(a, 15), mask))
    const y = v128.xor(b, v128.and(i16x8.shr_s(b, 15), mask))
    low = i16x8.min_s(low, i16x8.min_s(x, y))
    high = i16x8.max_s(high, i16x8.max_s(x, y))
  }
  v128.store(LANES, most)
  v128.store(LANES, zeros, 16)
  v128.store(LANES, small, 32)
  v128.store(LANES, low, 48)
  v128.store(LANES, high, 64)
  let largest: i32 = 0
  let none: i32 = 0
  let tiny: i32 = 0
  let least: i32 = 0x7fff
  let greatest: i32 = -0x8000
  for (let lane = LANES; lane < LANES + 16; lane += 2) {
    largest = max(largest, <i32>load<u16>(lane))
    none -= <i32>load<i16>(lane, 16)
    tiny -= <i32>load<i16>(lane, 32)
    least = min(least, <i32>load<i16>(lane, 48))
    greatest = max(greatest, <i32>load<i16>(lane, 64))
  }
  // Where all is finite, what follows the last whole step; else all of it, one by one.
  const from = largest >= infinity ? 0 : wide
  if (from == 0) {
    none = 0
    tiny = 0
    least = 0x7fff
    greatest = -0x8000
  }
  for (let i = from; i < size; i++) {
    const code = <i32>load<i16>(pointer + ((<usize>i) << 1))
    const magnitude = code & 0x7fff
    if (magnitude >= infinity) {
      increase(magnitude > infinity ? NAN : code < 0 ? NEGATIVE : POSITIVE, 1)
      continue
    }
    if (magnitude == 0) none++
    if (magnitude < normal) tiny++
    const place = code ^ ((code >> 31) & 0x7fff)
    least = min(least, place)
    greatest = max(greatest, place)
  }
  increase(ZEROS, none)
  increase(SUBNORMAL, tiny - none)
  if (least <= greatest) widen(<f64>least, <f64>greatest)
}
