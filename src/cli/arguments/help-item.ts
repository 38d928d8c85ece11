import { wrapped } from '../../render/width.ts'

/** Cells that an explanation needs beside what it explains. */
const leastBeside = 30

/** A term and what it is, beside it or, in a narrow terminal, below it. */
export function itemLines(term: string, what: string, width: number, columns: number): string {
  const room = columns - 2 - width
  const isBeside = room >= leastBeside && term.length <= width - 2
  const lines = wrapped(what, isBeside ? room : columns - 6)
  const indent = ' '.repeat(isBeside ? width + 2 : 6)
  const first = isBeside ? `  ${term.padEnd(width)}${lines.shift() ?? ''}` : `  ${term}`
  return [first, ...lines.map((line) => indent + line)].map((line) => `${line.trimEnd()}\n`).join('')
}
