import { Pairs } from '../model/tensors/hash.ts'

/** Names told as one: `model.layers.{0..31}.mlp.up_proj.weight`. */
export interface FoldedNames<T> {
  /** The name of a single item as it is; for several, plain ASCII with sets of numbers in braces. */
  readonly label: string
  readonly folded: boolean
  /** In the order they came. */
  readonly items: readonly T[]
}

/** What a lock writes as it stands: a label must be read back. */
const foldable = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
/** Of whole numbers as people write them: exact in a double. */
const mostDigits = 15
const longestFolded = 1_000
const mostSlots = 8

/** A dotted name with the numbers taken out of it. */
export interface Template {
  /** Segments; `#` where a number was, which no foldable name contains. */
  readonly text: string
  readonly numbers: readonly number[]
}

/** The template of `name`; null where a name is so unusual that it is told by itself. */
export function templateOf(name: string): Template | null {
  if (name.length > longestFolded || !foldable.test(name)) return null
  const numbers: number[] = []
  let text = ''
  let copied = 0
  for (let begin = 0; begin <= name.length && numbers.length < mostSlots; ) {
    const dot = name.indexOf('.', begin)
    const end = dot < 0 ? name.length : dot
    if (isNumber(name, begin, end)) {
      numbers.push(Number(name.slice(begin, end)))
      text += `${name.slice(copied, begin)}#`
      copied = end
    }
    begin = end + 1
  }
  return { text: copied === 0 ? name : text + name.slice(copied), numbers }
}

/** Whether a segment is a whole number as people write them: digits, no zero before others. */
function isNumber(name: string, begin: number, end: number): boolean {
  const length = end - begin
  if (length === 0 || length > mostDigits || (length > 1 && name.charCodeAt(begin) === 0x30)) return false
  for (let at = begin; at < end; at++) {
    const code = name.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

/** Items whose names are one template, and of which the same is said. */
interface Group {
  readonly template: string
  /** Of each, in the order they came: its index, and the numbers in its name. */
  readonly indices: number[]
  readonly numbers: (readonly number[])[]
}

/**
 * Folds names that differ in whole-number segments only, where what is said of them is the same. A label
 * stands for exactly the names of its items. Stands where the first of its items stood. Linear in the length
 * of the names.
 *
 * @param keyOf the same for two items when what is said of them is the same
 */
export function foldNames<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  keyOf: (item: T) => string,
): FoldedNames<T>[] {
  const numberOfKey = numbering<string>()
  const numberOfTemplate = numbering<string>()
  const pairs = new Pairs()
  const groups: Group[] = []
  /** By index, where an item is the first of its fold. */
  const folded = new Array<FoldedNames<T> | undefined>(items.length)
  items.forEach((item, index) => {
    const name = nameOf(item)
    const template = templateOf(name)
    if (template === null || template.numbers.length === 0) {
      folded[index] = { label: name, folded: false, items: [item] }
      return
    }
    const id = pairs.id(numberOfTemplate(template.text), numberOfKey(keyOf(item)))
    let group = groups[id]
    if (group === undefined) {
      group = { template: template.text, indices: [], numbers: [] }
      groups.push(group)
    }
    group.indices.push(index)
    group.numbers.push(template.numbers)
  })
  for (const { template, indices, numbers } of groups)
    for (const { sets, members } of merged(numbers)) {
      const own = members.map((member) => items[indices[member] as number] as T)
      const first = indices[members[0] as number] as number
      folded[first] = { label: withSets(template, sets), folded: own.length > 1, items: own }
    }
  return folded.filter((fold) => fold !== undefined)
}

/** Names of one template that are a full product of sets: by slot, the text of the set; and which they are. */
interface Run {
  readonly sets: Sets
  readonly members: readonly number[]
}

/** The sets of the slots from one on. Interned: two that are equal are one. */
interface Sets {
  readonly id: number
  readonly text: string
  readonly rest: Sets | null
}

/** Joins names that differ in one slot, from the last slot to the first: what is joined is a full product of sets. */
function merged(numbers: readonly (readonly number[])[]): readonly Run[] {
  const prefixes = prefixesOf(numbers)
  const texts = numbering<string>()
  const interned = new Pairs()
  const known: Sets[] = []
  let current: readonly Run[] = numbers.map((_, index) => ({ sets: noSets, members: [index] }))
  for (let slot = (numbers[0]?.length ?? 0) - 1; slot >= 0; slot--) {
    const own = prefixes[slot] as Uint32Array
    const alike = new Pairs()
    const groups: Run[][] = []
    for (const run of current) {
      const id = alike.id(own[run.members[0] as number] as number, run.sets.id)
      const found = groups[id]
      if (found === undefined) groups.push([run])
      else found.push(run)
    }
    current = groups.map((same) => {
      const rest = (same[0] as Run).sets
      const text = numberSet(same.map(({ members }) => numbers[members[0] as number]?.[slot] ?? 0))
      const id = interned.id(texts(text), rest.id) + 1
      const sets = known[id - 1] ?? { id, text, rest }
      known[id - 1] = sets
      return {
        sets,
        members: same.length === 1 ? (same[0] as Run).members : same.flatMap(({ members }) => members),
      }
    })
  }
  return current
}

const noSets: Sets = { id: 0, text: '', rest: null }

/** By slot, and by name: a number for all the numbers before that slot. */
function prefixesOf(numbers: readonly (readonly number[])[]): Uint32Array[] {
  const numberOf = numbering<number>()
  const pairs = new Pairs()
  const prefixes = [new Uint32Array(numbers.length)]
  const slots = numbers[0]?.length ?? 0
  for (let slot = 1; slot < slots; slot++) {
    const before = prefixes[slot - 1] as Uint32Array
    prefixes.push(
      before.map((prefix, index) => pairs.id(prefix, numberOf(numbers[index]?.[slot - 1] ?? 0)) + 1),
    )
  }
  return prefixes
}

/** Gives each different thing a number, from 0 on. */
function numbering<T>(): (thing: T) => number {
  const numbers = new Map<T, number>()
  return (thing) => {
    const known = numbers.get(thing)
    if (known !== undefined) return known
    numbers.set(thing, numbers.size)
    return numbers.size - 1
  }
}

function withSets(template: string, sets: Sets): string {
  let left: Sets | null = sets
  return template
    .split('.')
    .map((segment) => {
      if (segment !== '#') return segment
      const text = left?.text ?? ''
      left = left?.rest ?? null
      return text
    })
    .join('.')
}

/** `{0..31}`, `{0,2,4..30}`; a single number stands without braces. Runs of three and more are ranges. Never elided. */
function numberSet(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b)
  if (sorted.length === 1) return String(sorted[0])
  const parts: string[] = []
  for (let first = 0; first < sorted.length; ) {
    let last = first
    while (last + 1 < sorted.length && sorted[last + 1] === (sorted[last] as number) + 1) last++
    if (last - first >= 2) parts.push(`${sorted[first]}..${sorted[last]}`)
    else parts.push(...sorted.slice(first, last + 1).map(String))
    first = last + 1
  }
  return `{${parts.join(',')}}`
}
