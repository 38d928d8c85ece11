/** Names told as one: `model.layers.{0..31}.mlp.up_proj.weight`. */
export interface FoldedNames<T> {
  /** The name of a single item as it is; for several, plain ASCII with sets of numbers in braces. */
  readonly label: string
  readonly folded: boolean
  /** In the order they came. */
  readonly items: readonly T[]
}

const foldable = /^[A-Za-z0-9_.-]+$/
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

/** Items whose names are one template, with the sets found so far from the last slot on. */
interface Run<T> {
  readonly numbers: readonly number[]
  readonly sets: readonly string[]
  readonly items: T[]
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
  const groups = new Map<string, { template: string; runs: Run<T>[] }>()
  const folded = new Map<T, FoldedNames<T>>()
  for (const item of items) {
    const name = nameOf(item)
    const template = templateOf(name)
    if (template === null || template.numbers.length === 0) {
      folded.set(item, { label: name, folded: false, items: [item] })
      continue
    }
    const key = `${template.text} ${keyOf(item)}`
    const run: Run<T> = { numbers: template.numbers, sets: [], items: [item] }
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { template: template.text, runs: [run] })
    else group.runs.push(run)
  }
  for (const { template, runs } of groups.values())
    for (const { sets, items: members } of merged(runs)) {
      const label = withSets(template, sets)
      folded.set(members[0] as T, { label, folded: members.length > 1, items: members })
    }
  return items.flatMap((item) => folded.get(item) ?? [])
}

/** Joins runs that differ in one slot, from the last slot to the first: what is joined is a full product of sets. */
function merged<T>(runs: readonly Run<T>[]): readonly Run<T>[] {
  let current = runs
  for (let slot = (runs[0]?.numbers.length ?? 0) - 1; slot >= 0; slot--) {
    const alike = new Map<string, Run<T>[]>()
    for (const run of current) {
      const key = `${run.numbers.slice(0, slot).join(',')} ${run.sets.join(' ')}`
      const found = alike.get(key)
      if (found === undefined) alike.set(key, [run])
      else found.push(run)
    }
    current = [...alike.values()].map((same) => ({
      numbers: (same[0] as Run<T>).numbers.slice(0, slot),
      sets: [numberSet(same.map(({ numbers }) => numbers[slot] ?? 0)), ...(same[0] as Run<T>).sets],
      items: same.length === 1 ? (same[0] as Run<T>).items : same.flatMap(({ items }) => items),
    }))
  }
  return current
}

function withSets(template: string, sets: readonly string[]): string {
  let slot = 0
  return template
    .split('.')
    .map((segment) => (segment === '#' ? (sets[slot++] ?? '') : segment))
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
