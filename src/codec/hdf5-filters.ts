import { SdinspectError } from '../errors.ts'

// Filters of HDF5 that change no sizes, or only by a checksum: H5Zshuffle.c, H5Zfletcher32.c.

/** Elements whose first bytes were put together, then their second bytes and so on, as they were before. */
export function unshuffled(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const count = Math.floor(bytes.length / elementBytes)
  if (elementBytes <= 1 || count <= 1) return bytes
  const output = new Uint8Array(bytes.length)
  for (let byte = 0; byte < elementBytes; byte++) {
    const plane = byte * count
    for (let i = 0, to = byte; i < count; i++, to += elementBytes) output[to] = bytes[plane + i] as number
  }
  output.set(bytes.subarray(count * elementBytes), count * elementBytes)
  return output
}

/** Sums of so many words stay below 2^32. */
const sumWords = 360

/**
 * The bytes before the checksum that ends them.
 *
 * @throws SdinspectError `format/malformed` when it is of other bytes
 */
export function withoutFletcher32(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, Math.max(0, bytes.length - 4))
  const sum = fletcher32(body)
  const stored =
    bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + body.length).getUint32(0, true)
  // HDF5 before 1.6.3 wrote it with the bytes of its halves in the other order.
  const swapped = (((sum & 0x00ff00ff) << 8) | ((sum >>> 8) & 0x00ff00ff)) >>> 0
  if (stored === sum || stored === swapped) return body
  throw new SdinspectError('format/malformed', 'values have a checksum (Fletcher-32) that does not fit them')
}

function fletcher32(bytes: Uint8Array): number {
  const words = bytes.length >> 1
  const folded = (sum: number): number => (sum & 0xffff) + (sum >>> 16)
  let low = 0
  let high = 0
  for (let word = 0; word < words; ) {
    const end = Math.min(words, word + sumWords)
    for (; word < end; word++) {
      low += (bytes[2 * word] as number) * 256 + (bytes[2 * word + 1] as number)
      high += low
    }
    low = folded(low)
    high = folded(high)
  }
  if (bytes.length % 2 === 1) {
    low = folded(low + (bytes[bytes.length - 1] as number) * 256)
    high = folded(high + low)
  }
  low = folded(low)
  high = folded(high)
  return high * 65_536 + low
}
