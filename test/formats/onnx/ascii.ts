/** Latin-1 text as bytes, with zeros up to `length`. */
export function ascii(text: string, length = text.length): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(Buffer.from(text, 'latin1'))
  return bytes
}
