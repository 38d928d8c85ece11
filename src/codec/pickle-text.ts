// The text opcodes of protocol 0, as Python 2 wrote them.

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
}

/**
 * The bytes of a quoted string with Python's byte escapes (opcode STRING); undefined when it is not one.
 */
export function unquoted(line: Uint8Array): Uint8Array | undefined {
  const text = latin1(line)
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) return undefined
  const bytes: number[] = []
  for (let at = 1; at < text.length - 1; at++) {
    const char = text[at] as string
    if (char !== '\\') {
      bytes.push(char.charCodeAt(0))
      continue
    }
    at++
    if (at >= text.length - 1) return undefined
    const next = text[at] as string
    const plain = escapes[next]
    if (plain !== undefined) {
      if (plain !== '') bytes.push(plain.charCodeAt(0))
    } else if (next === 'x') {
      const digits = /^[0-9a-fA-F]{2}/.exec(text.slice(at + 1, Math.min(at + 3, text.length - 1)))?.[0]
      if (digits === undefined) return undefined
      bytes.push(Number.parseInt(digits, 16))
      at += 2
    } else if (next >= '0' && next <= '7') {
      const digits = /^[0-7]{1,3}/.exec(text.slice(at, Math.min(at + 3, text.length - 1)))?.[0] as string
      bytes.push(Number.parseInt(digits, 8) & 255)
      at += digits.length - 1
    } else bytes.push(92, next.charCodeAt(0))
  }
  return Uint8Array.from(bytes)
}

/** Text with \uXXXX and \UXXXXXXXX escapes, all else Latin-1 (opcode UNICODE); undefined when it is not that. */
export function rawUnicode(line: Uint8Array): string | undefined {
  const text = latin1(line)
  if (!text.includes('\\')) return text
  const parts: string[] = []
  let begin = 0
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    let slashes = 0
    while (text[at + slashes] === '\\') slashes++
    at += slashes
    const letter = text[at]
    // A backslash that another one escapes starts no escape: an even count before the letter.
    if (slashes % 2 === 0 || (letter !== 'u' && letter !== 'U')) continue
    const width = letter === 'u' ? 4 : 8
    const digits = text.slice(at + 1, at + 1 + width)
    if (digits.length < width || !/^[0-9a-fA-F]+$/.test(digits)) return undefined
    const code = Number.parseInt(digits, 16)
    if (code > 0x10ffff) return undefined
    parts.push(text.slice(begin, at - 1), String.fromCodePoint(code))
    at += 1 + width
    begin = at
  }
  parts.push(text.slice(begin))
  return parts.join('')
}

export function latin1(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 8_192)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8_192)))
  return parts.join('')
}

/** A float as Python's repr writes it (opcode FLOAT); undefined when it is not one. */
export function parseFloatText(line: string): number | undefined {
  const text = line.trim()
  if (/^[+-]?nan$/i.test(text)) return Number.NaN
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(text) ? Number(text) : undefined
}
