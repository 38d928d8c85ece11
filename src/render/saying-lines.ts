import type { Explanation } from '../model/explanation.ts'
import { foldedNames } from '../model/names/folded-names.ts'

/**
 * What to add, on the command line or in the policy, to say what the file does not of tensors with one story. Nothing
 * where nothing is missing.
 */
export function sayingLines(alike: readonly Explanation[]): readonly string[] {
  const [first] = alike
  if (first === undefined || first.value !== undefined) return []
  const lines: string[] = []
  const names = foldedNames(alike.map(({ name }) => name))
  const pattern = names.length === 1 ? names[0]?.name : undefined
  const exact = pattern !== undefined && alike.length > 1 ? pattern : escaped(first.name)
  const say = (what: string, one: string, other: string): string =>
    `${what}  --${one} ${shellQuoted(exact)} or --${other}; in sdinspect.yaml kinds: {${one}: [${JSON.stringify(exact)}]}`
  if (first.kind.level === 'assumed') lines.push(say('you know what it is?', 'buffer', 'parameter'))
  if (first.trainable.answer === 'unknown')
    lines.push(say('you know whether it trains?', 'frozen', 'trainable'))
  return lines
}

/** A name as the pattern that fits it alone. */
function escaped(name: string): string {
  return name.replace(/[*?[\]{}\\]/g, '\\$&')
}

/** As a shell takes it for one word. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
