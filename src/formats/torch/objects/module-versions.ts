import { getItem, type PickleDict } from '../../../codec/pickle-value.ts'
import { itemsOf } from './objects.ts'
import type { FoundEntry } from './state-dicts.ts'

/**
 * Module versions of a `_metadata`, by module path; null when its paths are not those of the entries: a
 * converter renamed the one and not the other.
 */
export function moduleVersionsOf(
  metadata: PickleDict | null,
  entries: readonly FoundEntry[],
): Map<string, number | null> | null {
  if (metadata === null) return null
  const versions = new Map<string, number | null>()
  metadata.keys.forEach((key, i) => {
    if (typeof key !== 'string') return
    const local = itemsOf(metadata.values[i])
    const version = local === undefined ? undefined : getItem(local, 'version')
    versions.set(key, typeof version === 'number' ? version : null)
  })
  const owned = entries.filter(({ name }) => versions.has(name.slice(0, Math.max(name.lastIndexOf('.'), 0))))
  // Quantised weights bring entries below modules' own, such as weight.absmax.
  return 2 * owned.length > entries.length ? versions : null
}

/** Whether the entries' modules are walked in the order of `_metadata`, which is the order of the modules. */
export function followsModules(
  versions: ReadonlyMap<string, number | null>,
  entries: readonly FoundEntry[],
): boolean {
  const places = new Map([...versions.keys()].map((path, place) => [path, place]))
  let last = -1
  for (const { name } of entries) {
    const place = places.get(name.slice(0, Math.max(name.lastIndexOf('.'), 0)))
    if (place === undefined) continue
    if (place < last) return false
    last = place
  }
  return true
}
