import { SdinspectError } from '../errors.ts'
import { inflateRaw } from './inflate.ts'

// RFC 1950: two bytes, a raw deflate stream, and the Adler-32 of what it stands for.

const around = 6
/** Sums of so many bytes stay below 2^32. */
const sumBytes = 3_800

/**
 * The `bytes` bytes that a zlib stream stands for.
 *
 * @param bytes what the caller has checked against its limits: this much is allocated
 * @throws SdinspectError `format/malformed`
 */
export function inflateZlib(input: Uint8Array, bytes: number): Uint8Array {
  const [method = 0, flags = 0] = input
  const isZlib =
    input.length >= around &&
    (method & 0x0f) === 8 &&
    method >> 4 <= 7 &&
    (method * 256 + flags) % 31 === 0 &&
    (flags & 0x20) === 0
  if (!isZlib) throw new SdinspectError('format/malformed', 'compressed values do not begin as zlib has it')
  const output = inflateRaw(input.subarray(2, input.length - 4), bytes)
  const stored = new DataView(input.buffer, input.byteOffset + input.length - 4, 4).getUint32(0)
  if (adler32(output) !== stored)
    throw new SdinspectError('format/malformed', 'compressed values have a checksum that does not fit them')
  return output
}

function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + sumBytes)
    for (; at < end; at++) {
      a += bytes[at] as number
      b += a
    }
    a %= 65_521
    b %= 65_521
  }
  return b * 65_536 + a
}
