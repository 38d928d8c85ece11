import { isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import type { StorageRef } from '../rebuild/tensor-record.ts'

/**
 * The keys that `_legacy_load` of torch/serialization.py finds storages and views of them under. It has one table for
 * both, and the first of a key stays: a view under the key of something else is that, whatever its own numbers are.
 */
export class ViewKeys {
  readonly #known = new Map<string, string>()

  /** Whether a persistent id of a storage gives what it says, after all that came before it. */
  isAsSaid(id: PickleValue, { key, viewOffset, reach, bytes }: StorageRef): boolean {
    const whole = `${key} whole`
    if (this.#first(key, whole) !== whole) return false
    const view = isRecord(id) && id.kind === 'tuple' ? id.items[5] : undefined
    if (!isRecord(view) || view.kind !== 'tuple') return true
    const [viewKey] = view.items
    const isWhole = viewOffset === 0 && reach === bytes
    if (viewKey === key) return isWhole
    const said = `${key} ${viewOffset} ${reach}`
    return typeof viewKey === 'string' && this.#first(viewKey, said) === said
  }

  #first(key: string, said: string): string {
    const known = this.#known.get(key)
    if (known === undefined) this.#known.set(key, said)
    return known ?? said
  }
}
