import type { StateDictReport } from '../../model/report.ts'

/** What libraries call the list of a model's blocks. */
const listNames = new Set(['layers', 'layer', 'h', 'blocks', 'block'])

/** Numbered modules under one name: `encoder.layer`, 0 to 11. */
export interface BlockList {
  readonly path: string
  /** Ascending. */
  readonly numbers: readonly number[]
}

/** The lists of blocks of a model, by their names. A list inside a block of another is not looked at. */
export function blockLists({ tensors }: StateDictReport): readonly BlockList[] {
  const lists = new Map<string, Set<number>>()
  for (const { name } of tensors) {
    const found = /(?:^|\.)([A-Za-z_]+)\.(\d{1,6})\./.exec(name.length > 1_000 ? name.slice(0, 1_000) : name)
    if (found === null || !listNames.has(found[1] as string)) continue
    const path = name.slice(0, found.index + found[0].length - (found[2] as string).length - 2)
    let numbers = lists.get(path)
    if (numbers === undefined) {
      numbers = new Set()
      lists.set(path, numbers)
    }
    numbers.add(Number(found[2]))
  }
  return [...lists].map(([path, numbers]) => ({ path, numbers: [...numbers].sort((a, b) => a - b) }))
}
