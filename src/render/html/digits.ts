/**
 * Bytes as text of a page: 13 bits as two digits of base 91, which takes 1.231 characters a byte where Base64 takes 1.333. The
 * digits are `!` to `~` without what ends a script, begins a character reference, or escapes: `<`, `&` and `\\`.
 */
const digits = Uint8Array.from(
  Array.from({ length: 94 }, (_, i) => 33 + i).filter((code) => !'<&\\'.includes(String.fromCharCode(code))),
)
const base = digits.length
const bitsOfTwo = 13
/** What one digit holds of the bits that are left over. */
const bitsOfOne = 6

export function inDigits(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 16) / bitsOfTwo) + 2)
  let length = 0
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held |= byte << bits
    bits += 8
    if (bits < bitsOfTwo) continue
    const value = held & 8191
    text[length++] = digits[value % base] as number
    text[length++] = digits[Math.floor(value / base)] as number
    held >>>= bitsOfTwo
    bits -= bitsOfTwo
  }
  if (bits > 0) text[length++] = digits[held % base] as number
  if (bits > bitsOfOne) text[length++] = digits[Math.floor(held / base)] as number
  return new TextDecoder().decode(text.subarray(0, length))
}

/** Characters that are no digit count as the lowest. */
export function fromDigits(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128)
  for (const [value, digit] of digits.entries()) values[digit] = value
  const left = text.length % 2
  const bytes = new Uint8Array(((text.length - left) * bitsOfTwo * 0.5 + left * bitsOfOne) >>> 3)
  let length = 0
  let held = 0
  let bits = 0
  for (let at = 0; at < text.length && length < bytes.length; at += 2) {
    const low = values[text.charCodeAt(at) & 127] as number
    const high = at + 1 < text.length ? (values[text.charCodeAt(at + 1) & 127] as number) : 0
    held |= (low + high * base) << bits
    bits += bitsOfTwo
    for (; bits >= 8 && length < bytes.length; bits -= 8) {
      bytes[length++] = held & 255
      held >>>= 8
    }
  }
  return bytes
}
