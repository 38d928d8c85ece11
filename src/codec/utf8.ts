/**
 * The index of the first byte of `bytes[begin, end)` that is not part of well-formed UTF-8, or -1. Overlong
 * forms, surrogates and code points past U+10FFFF are not well-formed (Unicode 16, table 3-7).
 */
export function invalidUtf8At(bytes: Uint8Array, begin: number, end: number): number {
  for (let at = begin; at < end; ) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0 || at + length > end || !isSecondByte(lead, bytes[at + 1] as number)) return at
    for (let next = at + 2; next < at + length; next++) {
      if (((bytes[next] as number) & 0xc0) !== 0x80) return at
    }
    at += length
  }
  return -1
}

/** The second byte is where overlong forms, surrogates and too large code points show. */
function isSecondByte(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0 && second <= 0xbf
  if (lead === 0xed) return second >= 0x80 && second <= 0x9f
  if (lead === 0xf0) return second >= 0x90 && second <= 0xbf
  if (lead === 0xf4) return second >= 0x80 && second <= 0x8f
  return (second & 0xc0) === 0x80
}

// ignoreBOM: a U+FEFF inside a name is part of the name; the default drops a leading one.
let decoder: TextDecoder | undefined

/** The decoder, made when it is first needed: most headers are ASCII. */
function strictDecoder(): TextDecoder {
  decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return decoder
}

/** Text of well-formed UTF-8. What is not well-formed throws a TypeError: ask {@link invalidUtf8At} first. */
export function utf8Text(bytes: Uint8Array): string {
  return strictDecoder().decode(bytes)
}

interface Latin1Slicer {
  latin1Slice(begin: number, end: number): string
}
interface BufferLike {
  from(buffer: ArrayBufferLike, offset: number, length: number): Latin1Slicer
}

/**
 * A function that gives the text of a range of `bytes` known to be ASCII. Node's Buffer makes short strings
 * several times faster than TextDecoder does; elsewhere TextDecoder is what there is.
 */
export function asciiSlicer(bytes: Uint8Array): (begin: number, end: number) => string {
  const buffer = (globalThis as unknown as { Buffer?: BufferLike }).Buffer
  if (buffer === undefined) return (begin, end) => strictDecoder().decode(bytes.subarray(begin, end))
  const view = buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return (begin, end) => view.latin1Slice(begin, end)
}
