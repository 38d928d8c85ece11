/** Powers of two that are stored as their exponent and 127 (E8M0); 255 is NaN. */
export function powersOf(exponents: Float64Array): Float64Array {
  return exponents.map((exponent) => (exponent === 255 ? Number.NaN : 2 ** (exponent - 127)))
}
