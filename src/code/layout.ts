import { joined, mark, type Template } from './template.ts'

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

export interface Layout {
  /** Lists that make a line wider are broken. */
  readonly width: number
  /** For a comment behind the last line. */
  readonly about: string
  /** For a comment, of the marks of a line by their place in the text; `''` for none. */
  shown(marks: readonly number[]): string
}

/** A statement with its lines indented, each with its comment. */
export function laidOut(text: string, indent: string, layout: Layout): string {
  let marks = 0
  const numbered = text.replaceAll(mark, () => `${mark}${marks++}${mark}`)
  const lines = numbered.split('\n')
  return lines
    .map((line, i) => {
      const own = /^ */.exec(line)?.[0] ?? ''
      const about = i === lines.length - 1 ? layout.about : ''
      return broken(line.slice(own.length), indent + own, '', { ...layout, about })
    })
    .join('\n')
}

/** One line, indented; its outermost lists broken where it is too wide. @param end what comes behind it */
function broken(line: string, indent: string, end: string, layout: Layout): string {
  const flat = flattened(line)
  if (indent.length + flat.replace(marks, '').length <= layout.width || !line.includes(opening))
    return indent + commented(flat, end, layout)
  const deeper = `${indent}    `
  const items = { ...layout, about: '' }
  let written = ''
  let last = indent
  let depth = 0
  let item = ''
  for (const piece of line.split(/([\u0002\u0003\u0004])/)) {
    if (piece === opening && ++depth === 1) continue
    const ends = depth === 1 && (piece === between || piece === closing)
    if (piece === closing) depth--
    if (ends) {
      written += `${last === '' ? '' : `${last}\n`}${broken(item, deeper, ',', items)}\n`
      item = ''
      last = depth === 0 ? indent : ''
    } else if (depth === 0) last += piece
    else item += piece
  }
  return written + commented(last, end, layout)
}

function flattened(line: string): string {
  return line.replaceAll(opening, '').replaceAll(between, ', ').replaceAll(closing, '')
}

const marks = /\u0005(\d+)\u0005/g

/** A line of code with its comment in place of its marks. */
function commented(line: string, end: string, { about, shown }: Layout): string {
  const found = [...line.matchAll(marks)].map(([, at]) => Number(at))
  const comment = [about, shown(found)].filter((part) => part !== '').join(' ')
  return `${line.replace(marks, '')}${end}${comment === '' ? '' : `  # ${comment}`}`
}
