import { displayWidth } from '../width.ts'
import type { Theme } from './theme.ts'

/** What sets colours, and takes no cell. */
const colour = /\x1b\[[0-9;]*m/g

/**
 * Lines no longer than the terminal is wide: broken at spaces, the rest two cells further in than the first. A word that is
 * longer stays whole, as a line that is piped does.
 */
export function* linesWithin(
  lines: Iterable<string>,
  { columns }: Pick<Theme, 'columns'>,
): Generator<string> {
  for (const line of lines)
    if (columns === null || cellsOf(line) <= columns) yield line
    else yield* broken(line, columns)
}

function* broken(line: string, columns: number): Generator<string> {
  const indent = ' '.repeat(Math.min(2 + (/^ */.exec(line)?.[0].length ?? 0), columns >> 1))
  let shown = ''
  let used = 0
  // A word with the spaces before it, which are left out where a line begins with it.
  for (const [, spaces = '', word = ''] of line.matchAll(/( *)([^ ]+)/g)) {
    const cells = cellsOf(word)
    if (shown.trim() !== '' && used + spaces.length + cells > columns) {
      yield shown
      shown = indent + word
      used = indent.length + cells
    } else {
      shown += spaces + word
      used += spaces.length + cells
    }
  }
  yield shown
}

const cellsOf = (line: string): number => displayWidth(line.replace(colour, ''))
