import { finding } from '../../findings/finding.ts'
import type { Finding } from '../../model/finding.ts'
import { addTo, type Merged, only } from './merge-shards.ts'
import type { ShardIndex } from './shard-index.ts'
import type { ShardsRead } from './shards.ts'

/** Where an index and its shards differ, both ways. Each difference is said once, with all its names. */
export function reconcileIndex(index: ShardIndex, shards: ShardsRead, merged: Merged): Finding[] {
  return [
    ...missingTensors(index, shards, merged),
    ...unlistedTensors(index, shards),
    ...totalSize(index, shards),
    ...totalParameters(index, shards, merged),
  ]
}

function missingTensors(index: ShardIndex, shards: ShardsRead, merged: Merged): Finding[] {
  const inShard = new Map(
    shards.read.map(({ name, tensors, values }) => [
      name,
      new Set([...tensors, ...values].map((one) => one.name)),
    ]),
  )
  const elsewhere = new Map<string, string[]>()
  const nowhere = new Map<string, string[]>()
  for (const [tensor, shard] of index.weightMap) {
    // Of a shard that could not be read nothing is known; it has its own finding.
    if (inShard.get(shard)?.has(tensor) ?? true) continue
    const found = merged.tensors.get(tensor)
    if (found === undefined) addTo(nowhere, shard, tensor)
    else addTo(elsewhere, `${shard}\0${found.shard}`, tensor)
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
    for (const tensor of tensors) if (tensor.tiedTo === null) held += tensor.bytes ?? 0
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
  for (const { tensor } of merged.tensors.values()) if (tensor.tiedTo === null) held += tensor.elements
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
