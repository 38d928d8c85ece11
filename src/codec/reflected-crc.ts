/** The remainders of every byte, by which a reflected CRC of 32 bits goes a byte at a time. `polynomial`: reflected. */
function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1
    return remainder
  })
}

/** A CRC of 32 bits that begins with ones and ends inverted, unsigned. `polynomial`: reflected. */
export function reflectedCrc(polynomial: number): (bytes: Uint8Array) => number {
  const table = tableOf(polynomial)
  return (bytes) => {
    let remainder = 0xffffffff
    for (let i = 0; i < bytes.length; i++)
      remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[i] as number)) & 255] as number)
    return ~remainder >>> 0
  }
}
