const largestU64 = 0xffff_ffff_ffff_ffffn

/** Why a shape and an element type make no size, in words; or the size. */
export type StoredSize = { readonly elements: number; readonly bytes: number } | { readonly problem: string }

/**
 * Elements and bytes of a tensor, as the reference implementation computes them: multiplied from the left in
 * 64 bits, so `[0, 2^64-1]` is no elements and `[2^64-1, 2, 0]` is an overflow. Exact.
 */
export function storedSize(shape: readonly (number | bigint)[], bits: number): StoredSize {
  let elements = 1
  for (const dimension of shape) {
    if (typeof dimension === 'bigint' && elements !== 0) return exactSize(shape, bits)
    elements = elements === 0 ? 0 : elements * (dimension as number)
    // Below 2^53 the product of two integers is exact; 2^6 leaves room for the bits of an element.
    if (elements > 2 ** 46) return exactSize(shape, bits)
  }
  return wholeBytes(elements, elements * bits)
}

function exactSize(shape: readonly (number | bigint)[], bits: number): StoredSize {
  let elements = 1n
  for (const dimension of shape) {
    elements *= BigInt(dimension)
    if (elements > largestU64) return { problem: 'the number of elements overflows 64 bits' }
  }
  const allBits = elements * BigInt(bits)
  if (allBits > largestU64) return { problem: 'the size in bits overflows 64 bits' }
  if (allBits / 8n > BigInt(Number.MAX_SAFE_INTEGER) || elements > BigInt(Number.MAX_SAFE_INTEGER))
    return { problem: `needs ${allBits / 8n} bytes, more than any file has` }
  return wholeBytes(Number(elements), Number(allBits))
}

function wholeBytes(elements: number, bits: number): StoredSize {
  if (bits % 8 !== 0)
    return { problem: `${elements} elements are ${bits} bits, which is no whole number of bytes` }
  return { elements, bytes: bits / 8 }
}
