import type { DType } from '../../model/tensors/dtype.ts'

/** What the codes of a floating-point type of at most 16 bits stand for. */
export interface Minifloat {
  readonly exponentBits: number
  readonly fractionBits: number
  readonly bias: number
  /**
   * - `ieee`: the highest exponent is infinities and NaNs
   * - `fn`: no infinity; NaN is all ones
   * - `fnuz`: no infinity and no negative zero, whose code is the only NaN
   * - `finite`: neither infinity nor NaN
   */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'finite'
}

/**
 * IEEE 754 for F16; bfloat16; "FP8 Formats for Deep Learning" (arXiv 2209.05433) for F8_E4M3 and F8_E5M2;
 * "8-bit Numerical Formats for Deep Neural Networks" (arXiv 2206.02915) for the FNUZ types; the OCP Microscaling
 * specification 1.0 for F4 and F6.
 */
export const minifloats: Readonly<Partial<Record<DType, Minifloat>>> = {
  F16: { exponentBits: 5, fractionBits: 10, bias: 15, special: 'ieee' },
  BF16: { exponentBits: 8, fractionBits: 7, bias: 127, special: 'ieee' },
  F8_E5M2: { exponentBits: 5, fractionBits: 2, bias: 15, special: 'ieee' },
  F8_E4M3: { exponentBits: 4, fractionBits: 3, bias: 7, special: 'fn' },
  F8_E5M2FNUZ: { exponentBits: 5, fractionBits: 2, bias: 16, special: 'fnuz' },
  F8_E4M3FNUZ: { exponentBits: 4, fractionBits: 3, bias: 8, special: 'fnuz' },
  F6_E2M3: { exponentBits: 2, fractionBits: 3, bias: 1, special: 'finite' },
  F6_E3M2: { exponentBits: 3, fractionBits: 2, bias: 3, special: 'finite' },
  F4: { exponentBits: 2, fractionBits: 1, bias: 1, special: 'finite' },
}

/** A number as `mantissa * 2^exponent`, or what it is instead. */
export interface Decoded {
  readonly mantissa: number
  readonly exponent: number
  readonly special: null | 'nan' | 'positive infinity' | 'negative infinity'
  readonly subnormal: boolean
}

/** What one code stands for. */
export function decodeMinifloat(code: number, type: Minifloat): Decoded {
  const { exponentBits, fractionBits, bias, special } = type
  const isNegative = code >>> (exponentBits + fractionBits) === 1
  const field = (code >>> fractionBits) & ((1 << exponentBits) - 1)
  const fraction = code & ((1 << fractionBits) - 1)
  const isHighest = field === (1 << exponentBits) - 1
  const other = (what: Decoded['special']): Decoded => ({
    mantissa: 0,
    exponent: 0,
    special: what,
    subnormal: false,
  })
  if (special === 'ieee' && isHighest)
    return other(fraction !== 0 ? 'nan' : isNegative ? 'negative infinity' : 'positive infinity')
  if (special === 'fn' && isHighest && fraction === (1 << fractionBits) - 1) return other('nan')
  if (special === 'fnuz' && isNegative && field === 0 && fraction === 0) return other('nan')
  const mantissa = field === 0 ? fraction : fraction | (1 << fractionBits)
  return {
    mantissa: isNegative ? -mantissa : mantissa,
    exponent: Math.max(field, 1) - bias - fractionBits,
    special: null,
    subnormal: field === 0 && fraction !== 0,
  }
}
