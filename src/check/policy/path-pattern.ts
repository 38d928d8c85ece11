import { compilePattern } from '../../model/names/pattern.ts'

/** Stands for a dot while a slash stands for the joint of a pattern. No path has it. */
const dot = '\u0001'

/**
 * The matcher of a path pattern: that of `compilePattern` with `/` as the joint of its parts. `*` is within a
 * folder, `**` across folders.
 *
 * @throws SdinspectError `usage/pattern`
 */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  // The two dots of a range of numbers are not those of a name.
  const parts = pattern.split(/(\{\d{1,15}\.\.\d{1,15}\})/)
  const matches = compilePattern(parts.map((part, at) => (at % 2 === 1 ? part : swapped(part))).join(''))
  return (path) => matches(swapped(path))
}

function swapped(text: string): string {
  return text.replaceAll('.', dot).replaceAll('/', '.')
}
