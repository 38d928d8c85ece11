import { joined, type Template } from './template.ts'

// In the text of a template: where a list may be broken over several lines. How long a line is shows only when its
// numbers have their names. Text of a file is in literals, which have no such characters.
const opening = '\u0002'
const between = '\u0003'
const closing = '\u0004'

/** Items of a call or list, on one line where they fit. */
export function breakable(items: readonly Template[]): Template {
  return joined([opening, joined(items, between), closing])
}

/** Characters of a line of code, its indentation too. */
export const usualWidth = 110

/** A statement with its lines indented, and lists broken that would be wider than `width`. */
export function laidOut(text: string, indent: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      const own = /^ */.exec(line)?.[0] ?? ''
      return broken(line.slice(own.length), indent + own, width)
    })
    .join('\n')
}

/** One line, indented; its outermost lists broken where it is too wide. */
function broken(line: string, indent: string, width: number): string {
  const flat = flattened(line)
  if (indent.length + flat.length <= width || !line.includes(opening)) return indent + flat
  const deeper = `${indent}    `
  let written = indent
  let depth = 0
  let item = ''
  for (const piece of line.split(/([\u0002\u0003\u0004])/)) {
    if (piece === opening && ++depth === 1) continue
    const ends = depth === 1 && (piece === between || piece === closing)
    if (piece === closing) depth--
    if (ends) {
      written += `\n${broken(item, deeper, width)},`
      item = ''
      if (depth === 0) written += `\n${indent}`
    } else if (depth === 0) written += piece
    else item += piece
  }
  return written
}

function flattened(line: string): string {
  return line.replaceAll(opening, '').replaceAll(between, ', ').replaceAll(closing, '')
}
