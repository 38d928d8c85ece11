import { editDistance } from './edit-distance.ts'
import { compilePattern } from './pattern.ts'

const mostKinds = 2_000
const mostSegments = 100
/** Names tried one by one; beyond them one of each kind is. */
const mostTried = 10_000

/**
 * A pattern that fits some of `names` and was probably meant by `pattern`, which fits none of them; undefined
 * when none is near. First the two slips everybody makes are tried: a module without what is under it
 * (`encoder` for `encoder.**`) and a leaf without what is above it (`bias` for `**.bias`).
 */
export function suggestPattern(pattern: string, names: readonly string[]): string | undefined {
  const kinds = kindsOf(names)
  const first = names.slice(0, mostTried)
  for (const candidate of [`${pattern}.**`, `**.${leafOf(pattern)}`, `**.${leafOf(pattern)}.**`]) {
    if (candidate.length > 1_000) continue
    const matches = compilePattern(candidate)
    if (kinds.examples.some(matches) || first.some(matches)) return candidate
  }
  const wanted = pattern.split('.')
  const distances = new Map<string, number>()
  let best: string | undefined
  let least = wanted.length * 0.6 + 0.4
  for (const kind of kinds.patterns) {
    const cost = alignment(wanted, kind.split('.'), least, distances)
    if (cost >= least) continue
    least = cost
    best = kind
  }
  return best
}

/** `bias` of `*.bias`, where somebody took `*` for `**`. */
function leafOf(pattern: string): string {
  return pattern.replace(/^(?:\*\.)+/, '')
}

/** Names with their numbers made `*`, and a name for each: a model of a thousand layers has a few dozen kinds of names. */
function kindsOf(names: readonly string[]): { patterns: Iterable<string>; examples: readonly string[] } {
  const kinds = new Map<string, string>()
  for (const name of names) {
    if (kinds.size >= mostKinds) break
    if (name.length > 1_000 || /[*?[\]{}\\]/.test(name)) continue
    const kind = name.replace(/(?<![^.])\d+(?![^.])/g, '*')
    if (!kinds.has(kind)) kinds.set(kind, name)
  }
  return { patterns: kinds.keys(), examples: [...kinds.values()] }
}

/** What it takes to make one list of segments the other: a segment too many or too few costs 1, a mistyped one its share. */
function alignment(
  wanted: readonly string[],
  found: readonly string[],
  most: number,
  distances: Map<string, number>,
): number {
  if (wanted.length > mostSegments || found.length > mostSegments) return most
  let above = found.map((_, j) => j + 1)
  above.unshift(0)
  wanted.forEach((segment, i) => {
    const row = [i + 1]
    found.forEach((other, j) => {
      const free = segment === '**' ? 0 : 0.6
      row.push(
        Math.min(
          (above[j] as number) + segmentDistance(segment, other, distances),
          (above[j + 1] as number) + (segment === '**' ? 0 : 1),
          (row[j] as number) + free,
        ),
      )
    })
    above = row
  })
  return above[found.length] as number
}

/** From 0, the same, to 2, nothing alike. */
function segmentDistance(wanted: string, found: string, distances: Map<string, number>): number {
  if (wanted === found || wanted === '*' || wanted === '**') return 0
  if (found === '*') return /^(?:\d+|\{.*|\[.*)$/.test(wanted) ? 0 : 2
  const key = `${wanted}\n${found}`
  const known = distances.get(key)
  if (known !== undefined) return known
  const longest = Math.max(wanted.length, found.length)
  const most = Math.ceil(longest / 2)
  const distance = editDistance(wanted, found, most)
  const share = distance > most ? 2 : (distance / longest) * 1.2
  distances.set(key, share)
  return share
}
