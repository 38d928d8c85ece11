import { finding } from '../../findings/finding.ts'
import type { ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { joinedTables } from '../../model/tensors/joined-tables.ts'
import { type TensorTable, tableOf } from '../../model/tensors/tensor-table.ts'
import type { Shard } from './shards.ts'

export interface Merged {
  /** All tensors of all shards, in their order: a name may be there several times. */
  readonly all: TensorTable
  /** By name, each once, in the order of the shards: which row of `all` is taken. */
  readonly rows: ReadonlyMap<string, number>
  /** Entries that are no tensors, each name once: behind all tensors, as the shards have no order among them. */
  readonly values: readonly ValueEntry[]
  readonly findings: readonly Finding[]
  /** The shard of a row of `all`. */
  shardOf(row: number): string
}

/**
 * All tensors of all shards, each name once. Of several with one name, that of the shard `home` names is
 * taken, else the first. A name that is only an alias in one shard and stored in another is stored.
 */
export function mergeShards(shards: readonly Shard[], home: ReadonlyMap<string, string>): Merged {
  const { table: all, partOf } = joinedTables(shards.map((shard) => tableOf(shard.tensors)))
  const shardOf = (row: number) => (shards[partOf[row] as number] as Shard).name
  const rows = new Map<string, number>()
  const twice = new Map<string, string[]>()
  for (let row = 0; row < all.length; row++) {
    const name = all.name(row)
    const before = rows.get(name)
    if (before === undefined) {
      rows.set(name, row)
      continue
    }
    const isAlias = all.tie(row) !== null
    if (isAlias) continue
    const isFirst = all.tie(before) !== null
    if (!isFirst) addTo(twice, `${shardOf(before)}\0${shardOf(row)}`, name)
    if (isFirst || home.get(name) === shardOf(row)) rows.set(name, row)
  }
  const values = new Map<string, ValueEntry>()
  for (const shard of shards)
    for (const value of shard.values)
      if (!rows.has(value.name) && !values.has(value.name))
        values.set(value.name, { ...value, position: rows.size })
  const findings = [...twice].map(([pair, names]) => {
    const [first, second] = pair.split('\0') as [string, string]
    return finding('shards/duplicate-tensor', { tensors: names, first, second }, { tensor: only(names) })
  })
  return { all, rows, values: [...values.values()], findings, shardOf }
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
