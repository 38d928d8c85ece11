import type { Finding } from '../../model/finding.ts'
import { nameList } from '../name-list.ts'
import { addTo, type Merged } from './merge-shards.ts'
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
  const inShard = new Map(shards.read.map((shard) => [shard.name, new Set(shard.tensors.map((t) => t.name))]))
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
    findings.push({
      rule: 'index/wrong-shard',
      level: 'error',
      message: `the index puts ${countOf(names)} in ${said}, and ${names.length === 1 ? 'it is' : 'they are'} in ${real}: ${nameList(names)}`,
      ...only(names),
      fix: 'write the index again from the shards',
    })
  }
  for (const [shard, names] of nowhere) {
    findings.push({
      rule: 'index/missing-tensor',
      level: 'error',
      message: `the index puts ${countOf(names)} in ${shard}, and no shard holds ${names.length === 1 ? 'it' : 'them'}: ${nameList(names)}`,
      ...only(names),
      fix: 'download the shard again, or write the index again from the shards',
    })
  }
  return findings
}

function unlistedTensors(index: ShardIndex, shards: ShardsRead): Finding[] {
  const findings: Finding[] = []
  for (const { name, tensors } of shards.read) {
    const names = tensors.filter((t) => t.tiedTo === null && !index.weightMap.has(t.name)).map((t) => t.name)
    if (names.length === 0) continue
    findings.push({
      rule: 'index/unlisted-tensor',
      level: 'error',
      message: `holds ${countOf(names)} that the index does not name: ${nameList(names)}`,
      file: name,
      ...only(names),
      fix: 'loaders that go by the index leave them out: write the index again from the shards',
    })
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
  return [
    {
      rule: 'index/total-size',
      level: 'warning',
      message: `total_size in the index is ${shown}, and the tensors of the shards hold ${held} bytes`,
      fix: 'write the index again from the shards',
    },
  ]
}

function totalParameters(index: ShardIndex, shards: ShardsRead, merged: Merged): Finding[] {
  const said = index.metadata.get('total_parameters')
  if (said === undefined || shards.missing.length > 0 || shards.broken.length > 0) return []
  if (typeof said !== 'number' || !Number.isSafeInteger(said) || said < 0) {
    return [
      {
        rule: 'index/total-parameters',
        level: 'warning',
        message: `total_parameters in the index is ${describe(said)}, expected a count`,
      },
    ]
  }
  const held = storedElements(merged)
  if (said <= held) return []
  // Quantised models count the weights that packed bytes stand for, so this alone is no fault.
  return [
    {
      rule: 'index/total-parameters',
      level: 'info',
      message: `total_parameters in the index is ${said}, more than the ${held} elements the shards hold`,
    },
  ]
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

function countOf(names: readonly string[]): string {
  return names.length === 1 ? 'a tensor' : `${names.length} tensors`
}

function only(names: readonly string[]): { tensor?: string } {
  return names.length === 1 ? { tensor: names[0] as string } : {}
}
