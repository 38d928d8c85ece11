import { SdinspectError } from '../errors.ts'

const pieceBytes = 65_536

/**
 * The bytes that a text in UTF-8 stands for when each of its characters is one: Python 3 pickles bytes so in
 * protocols 0 to 2, as `_codecs.encode(text, 'latin1')`.
 *
 * @param read gives a range of the text
 * @param length of the text, in bytes
 * @throws SdinspectError `format/malformed` for a character past U+00FF
 */
export async function* latin1Pieces(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  const output = new Uint8Array(pieceBytes)
  let lead = 0
  for (let at = 0; at < length; at += pieceBytes) {
    const input = await read(at, Math.min(pieceBytes, length - at))
    let written = 0
    for (let i = 0; i < input.length; i++) {
      const byte = input[i] as number
      if (lead > 0) {
        if (byte >> 6 !== 2) throw notLatin1(at + i)
        output[written++] = ((lead & 3) << 6) | (byte & 63)
        lead = 0
      } else if (byte < 128) output[written++] = byte
      else if (byte === 0xc2 || byte === 0xc3) lead = byte
      else throw notLatin1(at + i)
    }
    yield output.subarray(0, written)
  }
  if (lead > 0) throw notLatin1(length)
}

function notLatin1(offset: number): SdinspectError {
  return new SdinspectError(
    'format/malformed',
    `the text of pickled bytes has a character at ${offset} that is no byte`,
  )
}
