/** Whole numbers of `bits` bits each in 32-bit words, the first in the low bits: read from doubles of signed or unsigned words. */
export function numbersInWords(words: Float64Array, bits: number): Uint8Array {
  const each = 32 / bits
  const mask = 2 ** bits - 1
  const numbers = new Uint8Array(words.length * each)
  for (let i = 0; i < words.length; i++) {
    // Bit operations take a double modulo 2^32.
    const word = (words[i] as number) | 0
    for (let k = 0; k < each; k++) numbers[i * each + k] = (word >>> (k * bits)) & mask
  }
  return numbers
}

/** The same of bytes of a file. */
export function numbersInBytes(bytes: Uint8Array, bits: number): Uint8Array {
  const each = 8 / bits
  const mask = 2 ** bits - 1
  const numbers = new Uint8Array(bytes.length * each)
  for (let i = 0; i < numbers.length; i++)
    numbers[i] = ((bytes[Math.floor(i / each)] as number) >>> ((i % each) * bits)) & mask
  return numbers
}

/** Widths of numbers that lie in whole bytes. */
export function isWholeWidth(bits: number): boolean {
  return bits === 2 || bits === 4 || bits === 8
}
