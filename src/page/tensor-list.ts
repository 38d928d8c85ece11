import type { Inspection } from '../model/inspection.ts'
import { compilePattern, type Matcher } from '../model/names/pattern.ts'
import { pause } from './dom.ts'
import type { Order } from './tree-rows.ts'

/** Milliseconds of work between two moments in which the page can answer. */
const slice = 12

/**
 * The tensors whose name fits what was typed, in the order of the state dict. A pattern where it has a sign of one
 * (`*`, `?`, `{`), else a part of the name in any case.
 *
 * @param isWanted asked again and again: false ends the search, which then finds null
 */
export async function searched(
  { table }: Inspection,
  query: string,
  isWanted: () => boolean,
): Promise<Uint32Array | null> {
  const fits = matcherOf(query)
  const found = new Uint32Array(table.length)
  let count = 0
  let begun = performance.now()
  for (let index = 0; index < table.length; index++) {
    if (fits(table.name(index))) found[count++] = index
    if ((index & 0x3ff) !== 0 || performance.now() - begun < slice) continue
    await pause()
    if (!isWanted()) return null
    begun = performance.now()
  }
  return isWanted() ? found.subarray(0, count) : null
}

function matcherOf(query: string): Matcher {
  if (/[*?{]/.test(query)) {
    try {
      return compilePattern(query)
    } catch {
      // Half of a pattern is what stands there while one is typed.
    }
  }
  const wanted = query.toLowerCase()
  return (name) => name.toLowerCase().includes(wanted)
}

/** These tensors in another order. */
export function ordered(inspection: Inspection, rows: Uint32Array, order: Order): Uint32Array {
  if (order === 'file') return rows
  if (order === 'name') {
    const rank = nameRanks(inspection)
    return rows.slice().sort((a, b) => (rank[a] as number) - (rank[b] as number))
  }
  const { table, pool, verdicts } = inspection
  const isParameter = pool.map(({ kind }) => kind.answer === 'parameter')
  const key = Float64Array.from({ length: table.length }, (_, index) =>
    order === 'size'
      ? (table.bytes(index) ?? -1)
      : isParameter[verdicts[index] as number] === true
        ? table.elements(index)
        : 0,
  )
  return rows.slice().sort((a, b) => (key[b] as number) - (key[a] as number) || a - b)
}

const collator = new Intl.Collator('en', { numeric: true })

/** By tensor: its place when all are in the order of their names. Segments are sorted, of which there are few. */
function nameRanks({ tree, table }: Inspection): Uint32Array {
  const { texts } = tree.segments
  const bySegment = new Uint32Array(texts.length)
  Array.from(texts.keys())
    .sort((a, b) => collator.compare(texts[a] as string, texts[b] as string))
    .forEach((segment, place) => {
      bySegment[segment] = place
    })
  const ranks = new Uint32Array(table.length)
  let next = 0
  const pending = [0]
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    const own = [...tree.ownOf(module)].sort(
      (a, b) =>
        (bySegment[tree.leaves[a] as number] as number) - (bySegment[tree.leaves[b] as number] as number),
    )
    for (const tensor of own) ranks[tensor] = next++
    const children = tree
      .childrenOf(module)
      .sort(
        (a, b) =>
          (bySegment[tree.names[b] as number] as number) - (bySegment[tree.names[a] as number] as number),
      )
    for (const child of children) pending.push(child)
  }
  return ranks
}
