/**
 * Whole numbers of `bits` bits each, one after the other in 32-bit words from the low bits on, across the borders of words:
 * read from doubles of signed or unsigned words.
 */
export function numbersInWords(words: Float64Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  // Bit operations take a double modulo 2^32.
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, (words[i] as number) >>> 0, true)
  return numbersInBytes(bytes, bits)
}

/** The same of bytes of a file. What is left at the end is no number. */
export function numbersInBytes(bytes: Uint8Array, bits: number): Uint8Array {
  const numbers = new Uint8Array(Math.floor((bytes.length * 8) / bits))
  const mask = 2 ** bits - 1
  for (let i = 0; i < numbers.length; i++) {
    const at = i * bits
    const byte = at >> 3
    const two = (bytes[byte] as number) | ((bytes[byte + 1] ?? 0) << 8)
    numbers[i] = (two >>> (at & 7)) & mask
  }
  return numbers
}

/** Numbers of some bits that fill whole bytes together. */
export interface Packing {
  /** Bytes, as few as hold whole numbers. */
  readonly unit: number
  /** Numbers in them. */
  readonly values: number
}

/** How numbers of so many bits lie in bytes; null where they are no numbers of 1 to 8 bits. */
export function packingOf(bits: number): Packing | null {
  if (!Number.isInteger(bits) || bits < 1 || bits > 8) return null
  let unit = 1
  while ((unit * 8) % bits !== 0) unit++
  return { unit, values: (unit * 8) / bits }
}
