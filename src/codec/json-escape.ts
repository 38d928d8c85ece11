/** The byte that a backslash and this letter stand for; -1 when they stand for none. */
export function simpleEscape(letter: number): number {
  switch (letter) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
      return letter
    case 0x62: // b
      return 0x08
    case 0x66: // f
      return 0x0c
    case 0x6e: // n
      return 0x0a
    case 0x72: // r
      return 0x0d
    case 0x74: // t
      return 0x09
    default:
      return -1
  }
}

/** The UTF-8 bytes of a checked string with escapes. An escape is never shorter than what it stands for. */
export function unescaped(bytes: Uint8Array, begin: number, end: number): Uint8Array {
  const out = new Uint8Array(end - begin)
  let length = 0
  for (let at = begin; at < end; ) {
    const byte = bytes[at] as number
    if (byte !== 0x5c) {
      out[length++] = byte
      at++
      continue
    }
    const letter = bytes[at + 1] as number
    if (letter !== 0x75) {
      out[length++] = simpleEscape(letter)
      at += 2
      continue
    }
    let point = hexUnit(bytes, at + 2)
    at += 6
    if (point >= 0xd800 && point <= 0xdbff) {
      point = 0x10000 + ((point - 0xd800) << 10) + (hexUnit(bytes, at + 2) - 0xdc00)
      at += 6
    }
    length = writeUtf8(out, length, point)
  }
  return out.subarray(0, length)
}

function writeUtf8(out: Uint8Array, begin: number, point: number): number {
  let at = begin
  if (point < 0x80) out[at++] = point
  else if (point < 0x800) {
    out[at++] = 0xc0 | (point >> 6)
    out[at++] = 0x80 | (point & 0x3f)
  } else {
    if (point < 0x10000) out[at++] = 0xe0 | (point >> 12)
    else {
      out[at++] = 0xf0 | (point >> 18)
      out[at++] = 0x80 | ((point >> 12) & 0x3f)
    }
    out[at++] = 0x80 | ((point >> 6) & 0x3f)
    out[at++] = 0x80 | (point & 0x3f)
  }
  return at
}

/** Four hexadecimal digits; -1 when they are not. */
export function hexUnit(bytes: Uint8Array, at: number): number {
  let unit = 0
  for (let index = at; index < at + 4; index++) {
    const byte = bytes[index] as number
    const digit = isDigit(byte) ? byte - 0x30 : ((byte | 0x20) as number) - 0x57
    if (digit < 0 || digit > 15 || (!isDigit(byte) && digit < 10)) return -1
    unit = unit * 16 + digit
  }
  return unit
}

/** `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
