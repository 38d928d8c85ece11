import { quoted } from '../errors.ts'
import type { Declaration } from '../model/checkpoint.ts'

/** Collections of Flax that tell what is in them (flax.linen, `Module.init`). */
const kindOf: ReadonlyMap<string, Declaration['kind']> = new Map([
  ['params', 'parameter'],
  ['batch_stats', 'buffer'],
  ['cache', 'other'],
  ['intermediates', 'other'],
])

/** Below this stands what an optimizer keeps, in a train state of Flax. */
export const optimizerPrefix = 'opt_state.'

/** What tensors of these names are, by the collection of Flax that they are in; empty where they are in none. */
export function collectionDeclarations(names: Iterable<string>): ReadonlyMap<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  for (const name of names) {
    const collection = name.slice(0, Math.max(0, name.indexOf('.')))
    const kind = kindOf.get(collection)
    if (kind !== undefined)
      declarations.set(name, {
        kind,
        level: 'recognised',
        by: `the collection ${quoted(collection)} of Flax`,
      })
  }
  return declarations
}
