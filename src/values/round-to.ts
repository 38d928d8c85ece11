import type { DType } from '../model/tensors/dtype.ts'

/** From what to what torch converts by rounding: to nearest, ties to even, by way of F32. */
const narrowing: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  F64: ['F32', 'F16', 'BF16'],
  F32: ['F16', 'BF16'],
}

/** What values of one side may be of those of the other: `wide` is the side that was rounded. */
export function roundingsOf(a: DType, b: DType): { readonly to: DType; readonly wide: 'a' | 'b' }[] {
  if (narrowing[a]?.includes(b)) return [{ to: b, wide: 'a' }]
  if (narrowing[b]?.includes(a)) return [{ to: a, wide: 'b' }]
  // Rounded, and stored in the wide type again.
  if (a !== b) return []
  return (narrowing[a] ?? []).flatMap((to) => [{ to, wide: 'a' } as const, { to, wide: 'b' } as const])
}

/** Fraction bits, the exponent of the smallest normal number, and the smallest magnitude that becomes infinite. */
const formats = {
  F16: { fraction: 10, least: -14, over: 65_520 },
  BF16: { fraction: 7, least: -126, over: 2 ** 128 - 2 ** 119 },
} as const

/** A function that rounds a double to a type, as torch converts it. */
export function roundTo(dtype: DType): (value: number) => number {
  if (dtype !== 'F16' && dtype !== 'BF16') return Math.fround
  const { fraction, least, over } = formats[dtype]
  const word = new DataView(new ArrayBuffer(4))
  return (value) => {
    const single = Math.fround(value)
    if (single === 0) return single
    const size = Math.abs(single)
    if (!(size < over)) return Number.isNaN(single) ? single : Math.sign(single) * Number.POSITIVE_INFINITY
    word.setFloat32(0, size)
    const exponent = Math.max((word.getUint32(0) >>> 23) - 127, least)
    // Adding this leaves no bit of a double below the last that the type has; both are exact but for that.
    const magic = 1.5 * 2 ** (52 + exponent - fraction)
    const rounded = size + magic - magic
    return single < 0 ? -rounded : rounded
  }
}
