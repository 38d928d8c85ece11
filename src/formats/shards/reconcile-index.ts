import { finding } from '../../findings/finding.ts'
import type { Finding } from '../../model/finding.ts'
import { tableOf } from '../../model/tensors/tensor-table.ts'
import type { IndexRows } from './index-rows.ts'
import { addTo, type Merged, only } from './merge-shards.ts'
import type { ShardIndex } from './shard-index.ts'
import type { Shard, ShardsRead } from './shards.ts'

/** Where an index and its shards differ, both ways. Each difference is said once, with all its names. */
export function reconcileIndex(
  index: ShardIndex,
  listed: IndexRows,
  shards: ShardsRead,
  merged: Merged,
): Finding[] {
  return [
    ...missingTensors(index, listed, shards, merged),
    ...(listed.unlisted.length === 0 ? [] : unlistedTensors(index, shards)),
    ...totalSize(index, shards),
    ...totalParameters(index, shards, merged),
  ]
}

function missingTensors(
  { weightMap }: ShardIndex,
  { rows }: IndexRows,
  shards: ShardsRead,
  merged: Merged,
): Finding[] {
  const read = new Map(shards.read.map((shard) => [shard.name, shard]))
  const namesIn = new Map<Shard, ReadonlySet<string>>()
  const holds = (shard: Shard, name: string): boolean => {
    let names = namesIn.get(shard)
    if (names === undefined) {
      const { tensors, values } = shard
      names = new Set([...tensors.map((one) => one.name), ...values.map((one) => one.name)])
      namesIn.set(shard, names)
    }
    return names.has(name)
  }
  const elsewhere = new Map<string, string[]>()
  const nowhere = new Map<string, string[]>()
  let place = 0
  for (const [tensor, shard] of weightMap) {
    const row = rows[place++] as number
    if (row >= 0 && merged.shardOf(row) === shard) continue
    const said = read.get(shard)
    // Of a shard that could not be read nothing is known; it has its own finding.
    if (said === undefined || holds(said, tensor)) continue
    if (row < 0) addTo(nowhere, shard, tensor)
    else addTo(elsewhere, `${shard}\0${merged.shardOf(row)}`, tensor)
  }
  const findings: Finding[] = []
  for (const [pair, names] of elsewhere) {
    const [said, real] = pair.split('\0') as [string, string]
    findings.push(
      finding(
        'index/wrong-shard',
        { tensors: names, said, real },
        { tensor: only(names), key: first(names) },
      ),
    )
  }
  for (const [shard, names] of nowhere)
    findings.push(
      finding('index/missing-tensor', { tensors: names, shard }, { tensor: only(names), key: first(names) }),
    )
  return findings
}

function unlistedTensors(index: ShardIndex, shards: ShardsRead): Finding[] {
  const findings: Finding[] = []
  for (const { name, tensors } of shards.read) {
    const names = tensors.filter((t) => t.tiedTo === null && !index.weightMap.has(t.name)).map((t) => t.name)
    if (names.length === 0) continue
    findings.push(finding('index/unlisted-tensor', { tensors: names }, { tensor: only(names), file: name }))
  }
  return findings
}

function totalSize(index: ShardIndex, shards: ShardsRead): Finding[] {
  const said = index.metadata.get('total_size')
  if (said === undefined || shards.missing.length > 0 || shards.broken.length > 0) return []
  let held = 0
  for (const { tensors } of shards.read) {
    const table = tableOf(tensors)
    for (let row = 0; row < table.length; row++) if (table.tie(row) === null) held += table.bytes(row) ?? 0
  }
  if (said === held) return []
  const shown = typeof said === 'string' ? JSON.stringify(said.slice(0, 40)) : describe(said)
  return [finding('index/total-size', { said: shown, held }, { key: 'total_size' })]
}

function totalParameters(index: ShardIndex, shards: ShardsRead, merged: Merged): Finding[] {
  const said = index.metadata.get('total_parameters')
  if (said === undefined || shards.missing.length > 0 || shards.broken.length > 0) return []
  const about = { key: 'total_parameters' }
  if (typeof said !== 'number' || !Number.isSafeInteger(said) || said < 0)
    return [finding('index/total-parameters', { said: describe(said), held: null }, about)]
  const held = storedElements(merged)
  return said <= held ? [] : [finding('index/total-parameters', { said: String(said), held }, about)]
}

/** Elements of all tensors, tied ones once. */
export function storedElements(merged: Merged): number {
  let held = 0
  for (const row of merged.rows.values()) if (merged.all.tie(row) === null) held += merged.all.elements(row)
  return held
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return value.toString().slice(0, 40)
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return value instanceof Map ? 'an object' : 'a list'
}

function first(names: readonly string[]): string {
  return names[0] ?? ''
}
