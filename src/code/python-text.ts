const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
)

/** Longer names are legal and nothing a person reads. */
const longestIdentifier = 80

/**
 * Whether text can stand in Python as a name, in every version and for every reader: ASCII letters, digits and
 * underscores, and no keyword. Letters beyond ASCII are left out, because Python takes some for others (NFKC).
 */
export function isIdentifier(text: string): boolean {
  return text.length <= longestIdentifier && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !keywords.has(text)
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** Any text as a Python string literal of printable ASCII on one line. */
export function literal(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]|["\\]/gu, (character) => escapes[character] ?? escaped(character))}"`
}

/** Any text for a comment: printable ASCII on one line, cut where it is long. */
export function comment(text: string, longest = 300): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text
  return cut.replace(/[^\x20-\x7e]/gu, (character) => ascii[character] ?? escaped(character))
}

const ascii: Readonly<Record<string, string>> = {
  '→': '->',
  '×': 'x',
  '≤': '<=',
  '≥': '>=',
  '—': '-',
  '–': '-',
  '…': '...',
  '·': '*',
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x1_0000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Lines of comments of at most `width` characters, cut between words. */
export function commentLines(text: string, first = '# ', rest = first, width = 100): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  lines.push(line)
  return lines
}
