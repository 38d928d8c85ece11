import { type TargetType, targetTypes } from '../../model/values/statistics.ts'
import { type Minifloat, minifloats } from './minifloat.ts'

/** The bit of each type in the flags. */
export const flagOf = Object.fromEntries(targetTypes.map((type, i) => [type, 1 << i])) as Readonly<
  Record<TargetType, number>
>
const all = (1 << targetTypes.length) - 1

interface Range {
  readonly flag: number
  /** The smallest normal number, and one over the smallest subnormal. */
  readonly normal: number
  readonly steps: number
  readonly largest: number
  /** Bits of a float32 that have to be zero in a normal number. */
  readonly lower: number
  readonly hasInfinity: boolean
}

const ranges: readonly Range[] = (['BF16', 'F16', 'F8_E4M3', 'F8_E5M2'] as const).map((type) => {
  const { exponentBits, fractionBits, bias, special } = minifloats[type] as Minifloat
  const fractions = 2 ** fractionBits
  const highest = 2 ** exponentBits - 1 - bias - (special === 'ieee' ? 1 : 0)
  return {
    flag: flagOf[type],
    normal: 2 ** (1 - bias),
    steps: 2 ** (bias + fractionBits - 1),
    largest: 2 ** highest * (2 - (special === 'fn' ? 2 : 1) / fractions),
    lower: 2 ** (23 - fractionBits) - 1,
    hasInfinity: special === 'ieee',
  }
})

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)

/** Flags of the types that hold a number exactly as it is. NaN is NaN in each of them. */
export function representableIn(value: number): number {
  if (Number.isNaN(value)) return all
  float[0] = value
  if (float[0] !== value) return 0
  let flags = flagOf.F32
  const magnitude = Math.abs(value)
  const bits = word[0] as number
  for (const { flag, normal, steps, largest, lower, hasInfinity } of ranges) {
    if (magnitude > largest) {
      if (hasInfinity && magnitude === Number.POSITIVE_INFINITY) flags |= flag
    } else if (magnitude < normal ? Number.isInteger(magnitude * steps) : (bits & lower) === 0) flags |= flag
  }
  return flags
}

/** Elements that each type holds, from how many elements have which flags. */
export function addFlags(totals: Float64Array, flags: number, count: number): void {
  for (let i = 0; i < targetTypes.length; i++) if ((flags >> i) & 1) totals[i] = (totals[i] as number) + count
}
