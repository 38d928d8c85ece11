import { type Chunk, decodedBy, partOf } from '../../../model/values/chunk.ts'
import type { BytesOfText, InlineValues } from './tensor-record.ts'

/** Memo opcodes and the name of the encoding may stand between a text and the call that encodes it. */
const bytesBefore = 64
/** The dtype of an array stands between the call that makes it and its text. */
const bytesAfter = 4_096

/**
 * Finds values that a pickle holds itself.
 *
 * @param stream the bytes of the pickle, in which the offsets of its records are
 * @param place where they are in a file
 */
export function inlinePlacer(stream: Uint8Array, place: Chunk): (data: InlineValues['data']) => Chunk | null {
  const shortTexts = new Map<number, number | null>()
  return (data) => {
    if (!('bytes' in data)) {
      const offset = data.byteOffset - stream.byteOffset
      if (data.length === 0) return partOf(place, 0, 0)
      const isInside = data.buffer === stream.buffer && offset >= 0 && offset + data.length <= stream.length
      return isInside ? partOf(place, offset, data.length) : null
    }
    const { bytes, encoding } = data
    const text = encoding === 'latin1' ? utf8OfLatin1(bytes) : bytes
    let found = textNear(stream, text, data)
    const [only] = bytes
    // Python keeps one of each text of a character, so a later use is not where the first one is.
    if (found === null && only !== undefined && bytes.length === 1) {
      const known = shortTexts.get(only)
      found = known === undefined ? textWithin(stream, text, 0, stream.length) : known
      shortTexts.set(only, found)
    }
    if (found === null) return null
    const chunk = partOf(place, found, text.length)
    return encoding === 'latin1' ? decodedBy(chunk, 'latin1', bytes.length) : chunk
  }
}

function utf8OfLatin1(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(bytes.reduce((sum, byte) => sum + (byte < 128 ? 1 : 2), 0))
  let at = 0
  for (const byte of bytes) {
    if (byte >= 128) text[at++] = 0xc0 | (byte >> 6)
    text[at++] = byte < 128 ? byte : 0x80 | (byte & 63)
  }
  return text
}

/** Where the same text is that stands near; null where there is none. Any is as good as the one that was read. */
function textNear(stream: Uint8Array, text: Uint8Array, { near }: BytesOfText): number | null {
  for (let end = Math.min(near, stream.length); end >= 0 && end > near - bytesBefore; end--)
    if (isTextAt(stream, text, end - text.length)) return end - text.length
  return textWithin(stream, text, near, near + bytesAfter)
}

function textWithin(stream: Uint8Array, bytes: Uint8Array, begin: number, end: number): number | null {
  for (let at = begin; at < end && at + bytes.length <= stream.length; at++)
    if (isTextAt(stream, bytes, at)) return at
  return null
}

/** What opens a text, and how many bytes its length takes: (SHORT_)BINUNICODE(8), (SHORT_)BINSTRING. */
const openings: readonly (readonly [opcode: number, width: number])[] = [
  [0x58, 4],
  [0x8c, 1],
  [0x8d, 8],
  [0x54, 4],
  [0x55, 1],
]

/** Whether the argument of such an opcode begins there and is these bytes. */
function isTextAt(stream: Uint8Array, bytes: Uint8Array, at: number): boolean {
  const { length } = bytes
  const hasLength = (width: number): boolean => {
    if (length >= 256 ** width) return false
    for (let i = 0; i < width; i++)
      if (stream[at - width + i] !== Math.floor(length / 256 ** i) % 256) return false
    return true
  }
  const isOpened = openings.some(([opcode, width]) => stream[at - width - 1] === opcode && hasLength(width))
  return isOpened && bytes.every((byte, i) => stream[at + i] === byte)
}
