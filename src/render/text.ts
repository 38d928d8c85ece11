import { bytesText } from '../model/bytes-text.ts'

/** Names of nothing but these, not starting with a dash, need no second look: nearly all there are. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/
const printableAscii = /^[\x20-\x7e]*$/
/** ASCII and the signs this program's own words have (· × → – — … ≤ ≥): nothing in them is hidden, moves anything or is a mark. */
const ownWords = /^[\x20-\x7e\xb7\xd7\u2192\u2013\u2014\u2026\u2264\u2265]*$/

// Expressions with classes of Unicode stand where they are used: making one takes up to half a millisecond, and names
// are nearly always ASCII.

/** What a reader takes for one word: letters of any script, digits, and the joints of dotted names. */
function isWord(name: string): boolean {
  return /^[\p{L}\p{N}\p{M}._/:+@=-]+$/u.test(name)
}

/**
 * What must not reach a terminal: controls (C0, DEL, C1), format characters (bidi, zero width, tags),
 * lone surrogates, private use, noncharacters (XML takes no U+FFFE), line and paragraph separators, and everything a font draws as nothing
 * (variation selectors, Hangul fillers).
 */
function withoutUnprintable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu,
    escaped,
  )
}

const notAscii = /[^\x20-\x7e]/gu

/**
 * Lines that a CI runner obeys instead of showing. GitHub trims a line and then looks for `::`, and finds
 * `##[` anywhere; Azure and TeamCity use `##vso[` and `##teamcity[`, GitLab `section_start:`, Buildkite
 * `---`, `+++`, `~~~` and `^^^` at the start of a line. One character of each is shown as its code. White
 * space counts as a start because text may be wrapped there.
 */
const logCommand = /(?<![^\s])::|#(?=#)|section_(?:start|end):|(?<![^\s])(?:---|\+\+\+|~~~|\^\^\^)/g

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

function brokenCommand(command: string): string {
  if (command.startsWith('section_')) return `${command.slice(0, -1)}\\x3a`
  return escaped(command) + command.slice(1)
}

/**
 * `text` as it may be written to a terminal or a log: one line, no character that moves the cursor, changes
 * colours or direction, or hides; nothing a CI runner takes for a command. What is escaped shows as `\x1b`
 * or `\u{202e}`. With `ascii`, everything beyond ASCII is escaped too.
 */
export function printable(text: string, ascii = false): string {
  if (plainName.test(text)) return text
  if ((ascii ? printableAscii : ownWords).test(text)) return text.replace(logCommand, brokenCommand)
  let shown = withoutUnprintable(text).replace(/(?<![\p{M}])\p{M}{9,}/gu, cappedMarks)
  // A mark at the start would sit on whatever is printed before it.
  if (/^\p{M}/u.test(shown))
    shown = escaped(shown) + shown.slice(String.fromCodePoint(shown.codePointAt(0) ?? 0).length)
  if (ascii) shown = shown.replace(notAscii, escaped)
  return shown.replace(logCommand, brokenCommand)
}

function cappedMarks(run: string): string {
  const marks = [...run]
  return `${marks.slice(0, 8).join('')}[+${marks.length - 8} marks]`
}

/**
 * A name of the file (tensor, module, key, shard) as a reader should see it: as it stands when it is one
 * word, in quotes when it could be taken for something else (spaces, tree glyphs, braces, the empty name).
 */
export function shownName(name: string, ascii = false): string {
  if (plainName.test(name)) return name
  const shown = printable(name, ascii)
  if (shown === name && isWord(name)) return name
  return `"${printable(name.replace(/["\\]/g, '\\$&'), ascii)}"`
}

/** Names longer than this are cut even where nothing else is: a name may be a megabyte. In cells. */
const longestName = 1_000

/** A name of the file for output of any width: escaped, quoted when it must be, told in length when it is absurd. */
export function nameForOutput(name: string, ascii = false): string {
  if (name.length <= longestName) return shownName(name, ascii)
  const mark = ascii ? '...' : '…'
  const keep = longestName / 2
  const start = name.slice(0, keep)
  const end = name.slice(-keep)
  return `${shownName(start, ascii)}${mark}${shownName(end, ascii)} (${count(name.length)} characters)`
}

/** A sentence that may quote the file, for output: escaped, and cut when it is absurdly long. */
export function sentence(text: string, ascii = false): string {
  if (text.length <= longestName) return printable(text, ascii)
  const start = printable(text.slice(0, longestName), ascii)
  return `${start}${ascii ? '...' : '…'} (${count(text.length)} characters)`
}

/** An integer with thousands commas, the same in every locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `1 tensor`, `2 tensors`, `1,234 tensors`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `1,234 parameters`, or `at least` so many. */
export function parametersText(of: {
  readonly parameters: number
  readonly parametersAreLeast?: true
}): string {
  return `${of.parametersAreLeast ? 'at least ' : ''}${plural(of.parameters, 'parameter')}`
}

/** The size of so many elements or tensors; `--` where no size is known of any. */
export function sizeText(bytes: number, things: number): string {
  return bytes === 0 && things > 0 ? '--' : bytesText(bytes)
}
