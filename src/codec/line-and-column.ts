/** `line 3, column 14`: both from 1, columns in characters. */
export function lineAndColumn(bytes: Uint8Array, index: number): string {
  let line = 1
  let column = 1
  for (let at = 0; at < index && at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x0a) {
      line++
      column = 1
    } else if ((byte & 0xc0) !== 0x80) column++
  }
  return `line ${line}, column ${column}`
}
