import type { Inspection } from '../inspection.ts'
import { Pairs } from '../tensors/hash.ts'
import { subtreesOf } from './subtrees.ts'

/** Small integers for what modules and tensors hold: the same number for the same content. */
export interface Identities {
  /** By tensor: type, shape, size, kind, whether frozen or tied, quantisation. Not the name. */
  readonly tensors: Uint32Array
  /** By module: the names and identities of everything under it. Not the module's own name. */
  readonly modules: Uint32Array
  /** Different modules there are. */
  readonly count: number
}

/** Three kinds, frozen or not; counted, tied, or stored and counted as another. */
const mostKinds = 18

/**
 * Numbers every subtree so that two are identical exactly when their numbers are. Files without registration order
 * may list two equal blocks in different orders, so order is nothing.
 *
 * @param uncounted tensors that are another name of one that is counted
 */
export function identities(inspection: Inspection, uncounted: ReadonlySet<number>): Identities {
  const { table, tree, verdicts, pool, quantisations, countedAs } = inspection
  const kinds = new Map<string, number>()
  const kindOf = pool.map(({ kind, trainable }) => {
    const key = `${kind.answer} ${trainable.answer === 'no'}`
    const known = kinds.get(key) ?? kinds.size
    kinds.set(key, known)
    return known * 3
  })
  const { contents } = table
  const all = new Pairs()
  const tensors = new Uint32Array(table.length)
  for (let index = 0; index < table.length; index++) {
    const isTied = uncounted.size > 0 && uncounted.has(index)
    const isTwice = countedAs.size > 0 && countedAs.has(index)
    const kind = (kindOf[verdicts[index] as number] as number) + (isTied ? 1 : isTwice ? 2 : 0)
    tensors[index] = all.id(contents[index] as number, (quantisations.idAt(index) + 1) * mostKinds + kind)
  }
  const { ids, count } = subtreesOf(tree, tensors, true)
  return { tensors, modules: ids, count }
}
