// Every double is a whole number of units of 2^-1074, and every product of two a whole number of units of 2^-2148:
// sums of such integers are exact in any order, so what is added on two machines is added as on one.

/** The power of two of a unit of sums. */
const sumUnit = 1_074
/** The power of two of a unit of sums of squares. */
const squareUnit = 2 * sumUnit

const float = new Float64Array(1)
const bits = new BigUint64Array(float.buffer)

/** A finite double as units of 2^-1074. */
export function inSumUnits(value: number): bigint {
  float[0] = value
  const raw = bits[0] as bigint
  const exponent = (raw >> 52n) & 0x7ffn
  const fraction = raw & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10_0000_0000_0000n) << (exponent - 1n)
  return value < 0 ? -magnitude : magnitude
}

/** `mantissa * 2^exponent` as units of 2^-1074: of an exponent of at least -1074. */
export function scaledSum(mantissa: bigint, exponent: number): bigint {
  return mantissa << BigInt(exponent + sumUnit)
}

/** The same in units of 2^-2148. */
export function scaledSquares(mantissa: bigint, exponent: number): bigint {
  return mantissa << BigInt(exponent + squareUnit)
}

/** The mean that an exact sum gives, correctly rounded. */
export function meanOf(sum: bigint, count: number): number {
  return ratio(sum, BigInt(count) << BigInt(sumUnit))
}

/** The standard deviation of the population that exact sums give; its last bit may be the neighbour's. */
export function deviationOf(sum: bigint, squares: bigint, count: number): number {
  const n = BigInt(count)
  const spread = n * squares - sum * sum
  return spread <= 0n ? 0 : rootOfRatio(spread, (n * n) << BigInt(squareUnit))
}

/** The same over values of two parts each, as complex ones. */
export function complexDeviationOf(re: bigint, im: bigint, squares: bigint, count: number): number {
  const n = BigInt(count)
  const spread = n * squares - re * re - im * im
  return spread <= 0n ? 0 : rootOfRatio(spread, (n * n) << BigInt(squareUnit))
}

/** The root of a sum of squares. */
export function normOf(squares: bigint): number {
  return squares <= 0n ? 0 : rootOfRatio(squares, 1n << BigInt(squareUnit))
}

/** Bits after the point of the smallest double, and two to round by. */
const lowest = 1_074 + 2

function lengthOf(value: bigint): number {
  return value.toString(16).length * 4
}

/** `numerator / denominator`, rounded to the nearest double, ties to even. The denominator is positive. */
function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0
  const sign = numerator < 0n ? -1 : 1
  const magnitude = numerator < 0n ? -numerator : numerator
  // At least 65 bits of the quotient, and no more than two below those of the smallest double.
  const shift = Math.min(70 - lengthOf(magnitude) + lengthOf(denominator), lowest)
  const top = shift >= 0 ? magnitude << BigInt(shift) : magnitude
  const bottom = shift >= 0 ? denominator : denominator << BigInt(-shift)
  return sign * scaled(sticky(top / bottom, top % bottom !== 0n), -shift)
}

function rootOfRatio(numerator: bigint, denominator: bigint): number {
  // Of the root as many bits, so twice as many of what it is the root of; an even shift halves exactly.
  const wanted = 140 - lengthOf(numerator) + lengthOf(denominator)
  const shift = Math.min(wanted - (wanted % 2), 2 * lowest)
  const top = shift >= 0 ? numerator << BigInt(shift) : numerator
  const bottom = shift >= 0 ? denominator : denominator << BigInt(-shift)
  const square = top / bottom
  const root = integerRoot(square)
  return scaled(sticky(root, root * root !== square || top % bottom !== 0n), -shift / 2)
}

/** One more bit at the end, that says whether anything was cut off. */
function sticky(quotient: bigint, rest: boolean): bigint {
  return (quotient << 1n) | (rest ? 1n : 0n)
}

/** `value / 2 * 2^exponent`, rounded once. */
function scaled(value: bigint, exponent: number): number {
  const power = exponent - 1
  // Where the result is no normal double, the bits that it has no place for are rounded here.
  const excess = -1_074 - power
  if (excess > 0 && value.toString(2).length - excess <= 53) {
    const cut = BigInt(excess)
    const kept = value >> cut
    const rest = value - (kept << cut)
    const half = 1n << (cut - 1n)
    const up = rest > half || (rest === half && (kept & 1n) === 1n)
    return Number(up ? kept + 1n : kept) * 2 ** -1_074
  }
  const number = Number(value)
  // In two steps: a power of two may be beyond the doubles where the product is not.
  const first = Math.max(-1_000, Math.min(900, power))
  return number * 2 ** first * 2 ** (power - first)
}

/** The largest integer whose square is not larger. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(lengthOf(value) / 2))
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
