import type { ModuleTree } from '../modules/tree.ts'
import { naturalCompare } from './natural-order.ts'

/**
 * The tensors of a tree in the natural order of their names: what `naturalCompare` of whole names comes to, with no
 * name made. Each different segment is compared once, and modules are put in order by that.
 */
export function rowsByName(tree: ModuleTree): Uint32Array {
  const { segments } = tree
  if (segments.texts.some(hasLeadingZeros)) return rowsByText(tree)
  const { ranksOfModules, ranksOfLeaves } = ranksOf(segments.texts)
  const rows = new Uint32Array(tree.owners.length)
  let count = 0
  /** Modules still to come, the next last; a tensor as what is left of it below 0. */
  const open: number[] = [0]
  while (open.length > 0) {
    const next = open.pop() as number
    if (next < 0) {
      rows[count++] = -1 - next
      continue
    }
    const first = open.length
    let before = Number.POSITIVE_INFINITY
    let isSorted = true
    const add = (entry: number, rank: number) => {
      isSorted &&= rank < before
      before = rank
      open.push(entry)
    }
    const rankOf = (entry: number): number =>
      entry < 0
        ? (ranksOfLeaves[tree.leaves[-1 - entry] as number] as number)
        : (ranksOfModules[tree.names[entry] as number] as number)
    // Last ones first, because what is opened last is walked first.
    const children = tree.childrenOf(next)
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at] as number
      add(child, rankOf(child))
    }
    for (let at = (tree.ownBegins[next + 1] as number) - 1; at >= (tree.ownBegins[next] as number); at--) {
      const entry = -1 - (tree.own[at] as number)
      add(entry, rankOf(entry))
    }
    if (isSorted) continue
    const entries = open.splice(first).sort((a, b) => rankOf(b) - rankOf(a))
    for (const entry of entries) open.push(entry)
  }
  return rows
}

/** Between a module and what is in it stands a dot, which takes part in the comparison. */
function ranksOf(texts: readonly string[]): { ranksOfModules: Uint32Array; ranksOfLeaves: Uint32Array } {
  const keys = texts.flatMap((text, id) => [
    { text, at: id * 2 },
    { text: `${text}.`, at: id * 2 + 1 },
  ])
  keys.sort((a, b) => naturalCompare(a.text, b.text))
  const ranksOfLeaves = new Uint32Array(texts.length)
  const ranksOfModules = new Uint32Array(texts.length)
  keys.forEach(({ at }, rank) => {
    const ranks = at % 2 === 0 ? ranksOfLeaves : ranksOfModules
    ranks[at >> 1] = rank
  })
  return { ranksOfModules, ranksOfLeaves }
}

/** `01` and `1` are the same number, and which comes first is decided by what follows. */
const leadingZeros = /(?<![0-9])0[0-9]/
const hasLeadingZeros = (segment: string) => leadingZeros.test(segment)

function rowsByText(tree: ModuleTree): Uint32Array {
  const paths = new Map<number, string>()
  const names = Array.from(tree.owners, (owner, tensor) => {
    let path = paths.get(owner)
    if (path === undefined) {
      path = owner === 0 ? '' : `${tree.path(owner)}.`
      paths.set(owner, path)
    }
    return path + tree.leafOf(tensor)
  })
  const rows = Array.from({ length: names.length }, (_, row) => row)
  return Uint32Array.from(rows.sort((a, b) => naturalCompare(names[a] as string, names[b] as string)))
}
