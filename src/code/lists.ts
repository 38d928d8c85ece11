import { breakable } from './layout.ts'
import { hole, joined, type Template, together } from './template.ts'

interface Run {
  /** With what is not certain of any of them. */
  readonly item: Template
  readonly count: number
}

/** The same item several times in a row, once. */
function runsOf(items: readonly Template[]): Run[] {
  const runs: { readonly text: string; readonly items: Template[] }[] = []
  for (const item of items) {
    const text = item.toString()
    const last = runs.at(-1)
    if (last?.text === text) last.items.push(item)
    else runs.push({ text, items: [item] })
  }
  return runs.map((run) => ({ item: together(run.items), count: run.items.length }))
}

/** More runs than that are told by their places. */
const mostRuns = 4

/** What `nn.ModuleList` or `nn.Sequential` is called with to hold these modules: runs of the same in a loop. */
export function listCall(name: 'ModuleList' | 'Sequential', items: readonly Template[]): Template {
  const runs = runsOf(items)
  const [only] = runs
  const loop =
    only !== undefined && runs.length === 1 && only.count > 1
      ? repeated(only)
      : runs.length > mostRuns
        ? chosenByPlace(items)
        : null
  if (loop !== null)
    return name === 'ModuleList'
      ? joined(['nn.ModuleList(', loop, ')'])
      : joined(['nn.Sequential(*(', loop, '))'])
  const pieces = runs.map((run) => (run.count === 1 ? run.item : joined(['*(', repeated(run), ')'])))
  return name === 'ModuleList'
    ? joined(['nn.ModuleList([', breakable(pieces), '])'])
    : joined(['nn.Sequential(', breakable(pieces), ')'])
}

function repeated({ item, count }: Run): Template {
  return joined([item, ' for _ in range(', hole(count, 'count'), ')'])
}

/** Few sorts of items that take turns: `B() if i in (3, 7) else A() for i in range(8)`. null where there are more. */
function chosenByPlace(items: readonly Template[]): Template | null {
  const places = new Map<string, number[]>()
  items.forEach((item, place) => {
    const text = item.toString()
    const known = places.get(text)
    if (known === undefined) places.set(text, [place])
    else known.push(place)
  })
  if (places.size < 2 || places.size > 3) return null
  const sorts = [...places.values()].sort((a, b) => a.length - b.length)
  const usual = sorts.pop() as number[]
  const allAt = (at: readonly number[]): Template => together(at.map((place) => items[place] as Template))
  const choices = sorts.map((each) => joined([allAt(each), ` if ${placesText(each, items.length)} else `]))
  return joined([...choices, allAt(usual), ` for i in range(${items.length})`])
}

/** `i % 6 == 5` where they come round, `i in (3, 7)` where not. */
function placesText(places: readonly number[], count: number): string {
  const [first = 0, second] = places
  if (second === undefined) return `i == ${first}`
  const step = second - first
  const isRegular = first < step && places.every((place, i) => place === first + i * step)
  if (isRegular && first + places.length * step >= count) return `i % ${step} == ${first}`
  return `i in (${places.join(', ')})`
}
