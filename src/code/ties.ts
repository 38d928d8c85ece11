import { spellingOf } from './attribute-names.ts'
import type { Line } from './program.ts'
import { literal } from './python-text.ts'
import type { Stored } from './stored.ts'
import { joined } from './template.ts'

/** Statements of the model that make tied entries one tensor. @param isList whether a module is reached by index */
export function tieLines(stored: Stored, isList: (module: number) => boolean): Line[] {
  const { inspection, rows, tree } = stored
  const { ties } = inspection.table.columns
  if (ties.size === 0) return []
  const entryOf = new Map<string, number>()
  const wanted = new Set(ties.values())
  const entries = new Map<number, number>()
  rows.forEach((row, entry) => {
    if (row < 0) return
    if (ties.has(row)) entries.set(row, entry)
    if (wanted.has(inspection.table.name(row))) entryOf.set(inspection.table.name(row), entry)
  })
  const kindOf = (entry: number): 'parameter' | 'buffer' =>
    inspection.verdict(rows[entry] as number).kind.answer === 'parameter' ? 'parameter' : 'buffer'
  const lines: Line[] = []
  for (const [row, name] of [...ties].sort(([a], [b]) => a - b)) {
    const entry = entries.get(row)
    let first = entryOf.get(name)
    if (entry === undefined) continue
    if (first === undefined) {
      // Of a selection, the entry it is tied to may be left out: the next takes its place.
      entryOf.set(name, entry)
      first = entry
    }
    if (first === entry) continue
    const isAlike = kindOf(entry) === kindOf(first)
    const target = reference(entry, kindOf(entry), isAlike)
    const source = reference(first, kindOf(first), true)
    const text = isAlike
      ? `${target} = ${source}`
      : kindOf(entry) === 'buffer'
        ? `${target} = ${source}.detach()`
        : `${reference(entry, 'parameter', true)}.data = ${source}`
    lines.push({ template: joined([text]) })
  }
  return lines

  /** How an entry is reached from the model. */
  function reference(entry: number, kind: 'parameter' | 'buffer', byAttribute: boolean): string {
    const path: number[] = []
    for (let at = tree.owners[entry] as number; at !== 0; at = tree.parents[at] as number) path.push(at)
    let text = 'self'
    for (const module of path.reverse()) {
      const name = tree.nameOf(module)
      if (isList(tree.parents[module] as number)) text += `[${name}]`
      else text += spellingOf(name) === 'attribute' ? `.${name}` : `._modules[${literal(name)}]`
    }
    const leaf = tree.leafOf(entry)
    return byAttribute && spellingOf(leaf) === 'attribute'
      ? `${text}.${leaf}`
      : `${text}._${kind}s[${literal(leaf)}]`
  }
}
