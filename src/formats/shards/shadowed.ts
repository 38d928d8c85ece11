import { finding } from '../../findings/finding.ts'
import type { Finding } from '../../model/finding.ts'
import { fileName } from '../../source/file-name.ts'
import type { Place } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import type { ShardIndex } from './shard-index.ts'
import { readShards } from './shards.ts'

const ending = '.index.json'

/**
 * A single file under the name that the index has before its ending: transformers loads `model.safetensors` and not the
 * shards of `model.safetensors.index.json` (modeling_utils.py, the order of its file names). Said where it lacks what the
 * index names; a file that cannot be read is told as a checkpoint of its own.
 */
export async function shadowing(
  indexName: string,
  index: ShardIndex,
  context: ReadContext & { readonly place: Place },
): Promise<Finding[]> {
  const name = fileName(indexName)
  if (!name.endsWith(ending)) return []
  const single = name.slice(0, -ending.length)
  if (index.shards.includes(single)) return []
  const there = (await context.place.list()) ?? []
  if (!there.includes(single)) return []
  const [shard] = (await readShards([single], context)).read
  if (shard === undefined) return []
  const held = new Set<string>()
  for (const { tensors } of shard.checkpoint.stateDicts) for (const { name } of tensors) held.add(name)
  const lacks = [...index.weightMap.keys()].filter((tensor) => !held.has(tensor))
  return lacks.length === 0 ? [] : [finding('index/shadowed', { file: single, lacks }, { file: single })]
}
