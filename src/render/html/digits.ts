/**
 * Bytes as text of a page: four as five digits of base 85, a sixteenth shorter than Base64. The digits are `#` to `~` without
 * what ends a script, opens a tag or a character reference, or is escaped in a string: `<`, `&`, `\\`, `'`, `"` and `` ` ``.
 */
const digits = [...Array.from({ length: 92 }, (_, i) => String.fromCharCode(35 + i))]
  .filter((digit) => !'<&\\\'"`>'.includes(digit))
  .slice(0, 85)

/** Digits made before they are joined. */
const piece = 8_192

export function inDigits(bytes: Uint8Array): string {
  const text: string[] = []
  let digitsOfPiece: string[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const length = Math.min(4, bytes.length - at)
    let word = 0
    for (let i = 0; i < 4; i++) word = word * 256 + (bytes[at + i] ?? 0)
    const five: string[] = []
    for (let i = 0; i < 5; i++) {
      five.unshift(digits[word % 85] as string)
      word = Math.floor(word / 85)
    }
    // What is cut off of the last five is of the bytes that are not there.
    digitsOfPiece.push(...five.slice(0, length + 1))
    if (digitsOfPiece.length >= piece) {
      text.push(digitsOfPiece.join(''))
      digitsOfPiece = []
    }
  }
  return text.join('') + digitsOfPiece.join('')
}

/** Characters that are no digit count as the highest. */
export function fromDigits(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128).fill(84)
  for (const [value, digit] of digits.entries()) values[digit.charCodeAt(0)] = value
  const bytes = new Uint8Array(Math.floor((text.length * 4) / 5))
  let length = 0
  for (let at = 0; at < text.length; at += 5) {
    let word = 0
    // Digits that were cut off are the highest, so that the bytes before them come to what they were.
    for (let i = 0; i < 5; i++)
      word = word * 85 + (at + i < text.length ? (values[text.charCodeAt(at + i) & 127] as number) : 84)
    for (let shift = 24; shift >= 0 && length < bytes.length; shift -= 8)
      bytes[length++] = Math.floor(word / 2 ** shift) & 255
  }
  return bytes
}
