import { numberSet } from '../modules/fold.ts'

interface Group {
  readonly texts: readonly string[]
  /** By slot: the numbers seen there. */
  readonly numbers: readonly Set<string>[]
  count: number
}

/** Names of more segments or longer numbers stand for themselves. */
const mostSegments = 100
const longestNumber = 15

/**
 * Dotted names with their numbers folded: `layers.0.bias` to `layers.31.bias` become `layers.{0..31}.bias`, in the
 * order of first appearance. A set of numbers that is not the product of its parts becomes `*`.
 */
export function foldedNames(names: Iterable<string>): readonly { name: string; count: number }[] {
  const groups = new Map<string, Group>()
  for (const name of names) {
    const { texts, numbers } = template(name)
    const key = texts.join('\0')
    let group = groups.get(key)
    if (group === undefined) {
      group = { texts, numbers: numbers.map(() => new Set<string>()), count: 0 }
      groups.set(key, group)
    }
    for (const [slot, number] of numbers.entries()) group.numbers[slot]?.add(number)
    group.count++
  }
  return [...groups.values()].map((group) => ({ name: folded(group), count: group.count }))
}

/** The first few of the folded names, each in quotes, and how many tensors more. */
export function foldedList(names: readonly string[], most = 3): string {
  const folds = foldedNames(names)
  const shown = folds.slice(0, most).map(({ name }) => JSON.stringify(cut(name)))
  const rest = folds.slice(most).reduce((sum, { count }) => sum + count, 0)
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`
}

function cut(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`
}

function template(name: string): { texts: readonly string[]; numbers: readonly string[] } {
  const segments = name.length <= 1_000 ? name.split('.') : []
  if (segments.length === 0 || segments.length > mostSegments) return { texts: [name], numbers: [] }
  const texts: string[] = ['']
  const numbers: string[] = []
  segments.forEach((segment, at) => {
    const dot = at === 0 ? '' : '.'
    if (/^\d+$/.test(segment) && segment.length <= longestNumber) {
      texts[texts.length - 1] += dot
      numbers.push(segment)
      texts.push('')
    } else texts[texts.length - 1] += dot + segment
  })
  return { texts, numbers }
}

function folded({ texts, numbers, count }: Group): string {
  const complete = numbers.reduce((product, set) => product * set.size, 1) === count
  return texts
    .map((text, slot) => {
      const set = numbers[slot]
      if (set === undefined) return text
      if (set.size === 1) return text + [...set][0]
      return text + (complete ? numberSet([...set]) : '*')
    })
    .join('')
}
