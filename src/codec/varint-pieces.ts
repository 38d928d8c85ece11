import { SdinspectError } from '../errors.ts'

const readBytes = 65_536
const pieceBytes = 65_536
/** Of the longest varint: 64 bits in groups of seven. */
const mostBytes = 10

/**
 * The packed varints of protobuf, each as a little-endian element of `width` bytes: its lowest bits. A negative number
 * is written with all 64 bits.
 *
 * @param read gives a range of them
 * @param length of all, in bytes
 * @throws SdinspectError `format/malformed` for one that is too long or cut off
 */
export async function* varintPieces(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  length: number,
  width: number,
): AsyncGenerator<Uint8Array> {
  const output = new Uint8Array(pieceBytes - (pieceBytes % width))
  let written = 0
  let low = 0
  let high = 0
  let group = 0
  for (let at = 0; at < length; at += readBytes) {
    const input = await read(at, Math.min(readBytes, length - at))
    for (const [i, byte] of input.entries()) {
      const bits = byte & 0x7f
      // Two halves of 32 bits: the fifth group is in both.
      if (group < 4) low |= bits << (7 * group)
      else if (group === 4) {
        low |= bits << 28
        high |= bits >> 4
      } else high |= bits << (7 * group - 32)
      group++
      if (byte >= 0x80) {
        if (group === mostBytes) throw malformed('has more than ten bytes', at + i)
        continue
      }
      for (let part = 0; part < width; part++)
        output[written + part] = part < 4 ? low >>> (8 * part) : high >>> (8 * (part - 4))
      written += width
      low = 0
      high = 0
      group = 0
      if (written < output.length) continue
      yield output
      written = 0
    }
  }
  if (group > 0) throw malformed('is cut off', length)
  if (written > 0) yield output.subarray(0, written)
}

function malformed(what: string, at: number): SdinspectError {
  return new SdinspectError('format/malformed', `a number among the values ${what}, at ${at}`)
}
