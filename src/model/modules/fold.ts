/** Siblings shown as one: the name they share, with the numbers in it as sets (`{0..31}`), and who they are. */
export interface Fold<T> {
  /** The name as it is for a single member; for several, plain ASCII with sets in braces. */
  readonly label: string
  /** In the order they came. */
  readonly members: readonly T[]
}

interface Template {
  /** The text around the numbers: one more than there are numbers. */
  readonly texts: readonly string[]
  readonly numbers: readonly string[]
}

const foldable = /^[A-Za-z_-]*[0-9]+[A-Za-z0-9_-]*$/
const digits = /[0-9]+/g
/** Numbers of more digits are not exact in a double. */
const longestNumber = 15

function templateOf(name: string): Template | undefined {
  if (name.length > 200 || !foldable.test(name)) return undefined
  const numbers = name.match(digits) ?? []
  if (numbers.some((number) => number.length > longestNumber)) return undefined
  return { texts: name.split(digits), numbers }
}

/**
 * Folds siblings that are identical and whose names differ in numbers only: `0` to `31` become `{0..31}`.
 * A fold stands where its first member stood. Bare numbers fold from two on, names with a number in them
 * (`conv1`) from three. Linear in the length of the names.
 *
 * @param identityOf the same for two siblings when what they hold is the same
 */
export function foldSiblings<T>(
  siblings: readonly T[],
  nameOf: (sibling: T) => string,
  identityOf: (sibling: T) => number,
): Fold<T>[] {
  const groups = new Map<string, { templates: Template[]; members: T[] }>()
  const order: { templates: Template[]; members: T[] }[] = []
  for (const sibling of siblings) {
    const template = templateOf(nameOf(sibling))
    const key = template && `${identityOf(sibling)} ${template.texts.join('#')}`
    let group = key === undefined ? undefined : groups.get(key)
    if (group === undefined) {
      group = { templates: [], members: [] }
      order.push(group)
      if (key !== undefined) groups.set(key, group)
    }
    if (template !== undefined) group.templates.push(template)
    group.members.push(sibling)
  }
  const folds: Fold<T>[] = []
  for (const { templates, members } of order) {
    const bare = templates[0]?.texts.every((text) => text === '') === true
    if (members.length >= (bare ? 2 : 3)) folds.push({ label: foldedName(templates), members })
    else for (const member of members) folds.push({ label: nameOf(member), members: [member] })
  }
  return inOrder(folds, siblings)
}

/** Puts each fold where its first member stood: members of groups too small to fold are folds of their own. */
function inOrder<T>(folds: Fold<T>[], siblings: readonly T[]): Fold<T>[] {
  const byFirst = new Map(folds.map((fold) => [fold.members[0], fold]))
  return siblings.flatMap((sibling) => byFirst.get(sibling) ?? [])
}

/** One name for all: numbers that vary as sets when the names are all combinations of them, else `*`. */
function foldedName(templates: readonly Template[]): string {
  const texts = templates[0]?.texts ?? []
  const sets = (templates[0]?.numbers ?? []).map((_, slot) => [
    ...new Set(templates.map(({ numbers }) => numbers[slot] ?? '')),
  ])
  const complete = sets.reduce((product, set) => product * set.length, 1) === templates.length
  const slots = sets.map((set) => (set.length === 1 ? set[0] : complete ? numberSet(set) : '*'))
  return texts.map((text, slot) => text + (slots[slot] ?? '')).join('')
}

/** The most ranges a set shows; a checkpoint of every other layer is still one line. */
const longestSet = 6

/** `{0..31}`, `{0,2,4..30}`: runs of three and more as ranges, long sets with their middle left out. */
export function numberSet(numbers: readonly string[]): string {
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b))
  const parts: string[] = []
  for (let first = 0; first < sorted.length; ) {
    let last = first
    while (last + 1 < sorted.length && Number(sorted[last + 1]) === Number(sorted[last]) + 1) last++
    if (last - first >= 2) parts.push(`${sorted[first]}..${sorted[last]}`)
    else parts.push(...sorted.slice(first, last + 1))
    first = last + 1
  }
  const shown = parts.length > longestSet ? [...parts.slice(0, longestSet - 1), '...', parts.at(-1)] : parts
  return `{${shown.join(',')}}`
}
