/** Names a lock writes as they are; nothing in them has a meaning of its own. */
const plain = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/** A name as a lock writes it: as it stands, or as a JSON string of printable ASCII that does nothing in a log. */
export function lockName(name: string): string {
  if (plain.test(name)) return name
  let quoted = ''
  for (let i = 0; i < name.length; i++) quoted += escaped(name, i)
  return `"${quoted}"`
}

function escaped(name: string, index: number): string {
  const character = name[index] as string
  if (character === '"' || character === '\\') return `\\${character}`
  // `##[` and `::` are commands of CI runners.
  if (/[\x20-\x7e]/.test(character) && character !== '#' && character !== ':') return character
  return `\\u${name.charCodeAt(index).toString(16).padStart(4, '0')}`
}

/** Ranges of whole numbers that stand for one segment of a name, first and last. */
type NumberSet = readonly (readonly [number, number])[]

/** A name with sets of numbers in it: texts and sets by turns, a text first and last. */
export interface Label {
  readonly texts: readonly string[]
  readonly sets: readonly NumberSet[]
}

const wholeNumber = /^(?:0|[1-9][0-9]{0,14})$/

/** Reads `layers.{0,2..5}.weight`; null for a text that is no such name. */
export function parseLabel(text: string): Label | null {
  const texts: string[] = []
  const sets: NumberSet[] = []
  let begin = 0
  for (;;) {
    const open = text.indexOf('{', begin)
    const literal = open < 0 ? text.slice(begin) : text.slice(begin, open)
    if (!/^[A-Za-z0-9_.-]*$/.test(literal)) return null
    texts.push(literal)
    if (open < 0) break
    const close = text.indexOf('}', open)
    if (close < 0) return null
    const set = parseSet(text.slice(open + 1, close))
    if (set === null) return null
    sets.push(set)
    begin = close + 1
  }
  return plain.test(text.replaceAll(/\{[^}]*\}/g, '0')) ? { texts, sets } : null
}

function parseSet(text: string): NumberSet | null {
  const ranges: [number, number][] = []
  let last = -1
  for (const part of text.split(',')) {
    const [low = '', high = low, more] = part.split('..')
    if (more !== undefined || !wholeNumber.test(low) || !wholeNumber.test(high)) return null
    const range: [number, number] = [Number(low), Number(high)]
    // Ascending, so that no number is there twice.
    if (range[0] <= last || range[1] < range[0]) return null
    last = range[1]
    ranges.push(range)
  }
  return ranges
}

/** How many names a label stands for; exact as long as a number can be. */
export function labelSize({ sets }: Label): number {
  return sets.reduce((product, set) => product * set.reduce((sum, [low, high]) => sum + high - low + 1, 0), 1)
}

/** The names, in the order of their numbers. The caller has seen that they are not too many. */
export function labelNames({ texts, sets }: Label): string[] {
  let names = [texts[0] ?? '']
  sets.forEach((set, slot) => {
    const after = texts[slot + 1] ?? ''
    const longer: string[] = []
    for (const name of names)
      for (const [low, high] of set)
        for (let number = low; number <= high; number++) longer.push(name + number + after)
    names = longer
  })
  return names
}
