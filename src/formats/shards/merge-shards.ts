import { finding } from '../../findings/finding.ts'
import type { ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { Shard } from './shards.ts'

/** A tensor and the shard it was taken from. */
export interface Placed {
  readonly tensor: Tensor
  readonly shard: string
}

export interface Merged {
  /** By name, in the order of the shards. */
  readonly tensors: ReadonlyMap<string, Placed>
  /** Entries that are no tensors, each name once: behind all tensors, as the shards have no order among them. */
  readonly values: readonly ValueEntry[]
  readonly findings: readonly Finding[]
}

/**
 * All tensors of all shards, each name once. Of several with one name, that of the shard `home` names is
 * taken, else the first. A name that is only an alias in one shard and stored in another is stored.
 */
export function mergeShards(shards: readonly Shard[], home: ReadonlyMap<string, string>): Merged {
  const tensors = new Map<string, Placed>()
  const twice = new Map<string, string[]>()
  for (const { name: shard, tensors: own } of shards) {
    for (const tensor of own) {
      const before = tensors.get(tensor.name)
      if (before === undefined) {
        tensors.set(tensor.name, { tensor, shard })
        continue
      }
      const isAlias = tensor.tiedTo !== null
      if (isAlias) continue
      if (before.tensor.tiedTo === null) addTo(twice, `${before.shard}\0${shard}`, tensor.name)
      if (before.tensor.tiedTo !== null || home.get(tensor.name) === shard) {
        tensors.set(tensor.name, { tensor, shard })
      }
    }
  }
  const values = new Map<string, ValueEntry>()
  for (const shard of shards)
    for (const value of shard.values)
      if (!tensors.has(value.name) && !values.has(value.name))
        values.set(value.name, { ...value, position: tensors.size })
  const findings = [...twice].map(([pair, names]) => {
    const [first, second] = pair.split('\0') as [string, string]
    return finding('shards/duplicate-tensor', { tensors: names, first, second }, { tensor: only(names) })
  })
  return { tensors, values: [...values.values()], findings }
}

/** The one of a list of one; undefined for any other. */
export function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined
}

/** Adds to the list at `key`, which is made when there is none. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
