const printableAscii = /^[\x20-\x7e]*$/

/** Code points two cells wide (East Asian Wide and Fullwidth, emoji), as pairs of first and last, ascending. */
const wide = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd,
  0x25fe, 0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab,
  0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3, 0x26f5,
  0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c,
  0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b,
  0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e, 0x3041, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3,
  0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe6f, 0xff00, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18dff, 0x1aff0,
  0x1b2ff, 0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320, 0x1f32d,
  0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4,
  0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550,
  0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4, 0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc,
  0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0,
  0x1f7eb, 0x1f7f0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1faff, 0x20000,
  0x3fffd,
]

function isWide(code: number): boolean {
  let low = 0
  let high = wide.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (code < (wide[middle * 2] ?? 0)) high = middle - 1
    else if (code > (wide[middle * 2 + 1] ?? 0)) low = middle + 1
    else return true
  }
  return false
}

function cellsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  // Latin, arrows and mathematics, boxes: what this program's own words are made of.
  if (code < 0x300 || (code >= 0x2190 && code < 0x2300) || (code >= 0x2500 && code < 0x2580)) return 1
  // Made here and not with the module: it takes time, and names are nearly always ASCII.
  if (/^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7fb]/u.test(character)) return 0
  return isWide(code) ? 2 : 1
}

/** Terminal cells `text` takes. `text` is printable already. */
export function displayWidth(text: string): number {
  if (printableAscii.test(text)) return text.length
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

/** The longest start of `text` that fits in `cells`. */
function startWithin(text: string, cells: number): string {
  let used = 0
  let end = 0
  for (const character of text) {
    used += cellsOf(character)
    if (used > cells) break
    end += character.length
  }
  return text.slice(0, end)
}

/** The longest end of `text` that fits in `cells`; never starts with a mark cut off its letter. */
function endWithin(text: string, cells: number): string {
  // No character takes fewer than 0 cells, so marks need a wider look; 9 to a letter is all printable leaves.
  const characters = [...text.slice(-(cells * 10 + 2))]
  let used = 0
  let first = characters.length
  while (first > 0) {
    used += cellsOf(characters[first - 1] ?? '')
    if (used > cells) break
    first--
  }
  while (first < characters.length && cellsOf(characters[first] ?? '') === 0) first++
  return characters.slice(first).join('')
}

/** `text` in at most `cells`, cut in the middle: both ends of a dotted name say what it is. */
export function cutMiddle(text: string, cells: number, mark = '…'): string {
  if (displayWidth(text) <= cells) return text
  const room = cells - displayWidth(mark)
  if (room <= 0) return startWithin(mark, cells)
  const end = Math.ceil(room / 2)
  return startWithin(text, room - end) + mark + endWithin(text, end)
}

/** `text` in at most `cells`, cut at the end: for sentences. */
export function cutEnd(text: string, cells: number, mark = '…'): string {
  if (displayWidth(text) <= cells) return text
  const room = cells - displayWidth(mark)
  return room <= 0 ? startWithin(mark, cells) : startWithin(text, room).trimEnd() + mark
}

/** Spaces after `text` until it fills `cells`. */
export function padEnd(text: string, cells: number): string {
  const missing = cells - displayWidth(text)
  return missing > 0 ? text + ' '.repeat(missing) : text
}

/** Spaces before `text` until it fills `cells`. */
export function padStart(text: string, cells: number): string {
  const missing = cells - displayWidth(text)
  return missing > 0 ? ' '.repeat(missing) + text : text
}

/** `text` in lines of at most `cells`, broken at spaces; a longer word stands alone and whole. */
export function wrapped(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(' ')) {
    const needs = displayWidth(word)
    if (line !== '' && used + 1 + needs > cells) {
      lines.push(line)
      line = word
      used = needs
    } else {
      line = line === '' ? word : `${line} ${word}`
      used += (line === word ? 0 : 1) + needs
    }
  }
  lines.push(line)
  return lines
}
