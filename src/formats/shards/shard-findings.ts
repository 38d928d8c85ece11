import { SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { nameList } from '../../findings/name-list.ts'
import type { PlainMap } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Place } from '../../source/source.ts'
import type { ShardIndex } from './shard-index.ts'
import { besideShards, shardName } from './shard-name.ts'
import type { ShardsRead } from './shards.ts'

/** The error for an index of which no shard can be read. */
export function noShards(index: ShardIndex, { missing, broken }: ShardsRead): SdinspectError {
  const [first] = broken
  if (first !== undefined) return first.error.within({ file: first.name })
  const count = index.shards.length === 1 ? 'the shard' : `none of the ${index.shards.length} shards`
  return new SdinspectError(
    'source/not-found',
    `${count} that the index names is ${index.shards.length === 1 ? 'not here' : 'here'}: ${nameList(missing)}`,
    { hint: 'an index holds no shapes: download the shards to the folder of the index' },
  )
}

export function missingShards(missing: readonly string[]): Finding[] {
  const [key] = missing
  return key === undefined ? [] : [finding('index/missing-shard', { shards: missing }, { key })]
}

export function brokenShards({ broken }: ShardsRead): Finding[] {
  return broken.map(({ name, error }) =>
    finding('shards/broken', { problem: error.message, hint: error.ownHint ?? null }, { file: name }),
  )
}

/** Shards of the same set that the index does not name: left from another save, or forgotten. */
export async function strayShards(named: readonly string[], place: Place): Promise<Finding[]> {
  const stray = ((await place.list()) ?? []).filter(besideShards(named))
  const totals = new Set(named.map((name) => shardName(name)?.of ?? 0))
  const numbers = new Set(named.map((name) => shardName(name)?.number))
  // Of the same number of shards as the index names, and not one of those: the index leaves it out.
  const isLeftOut = (name: string): boolean => {
    const { number, of } = shardName(name) ?? { number: 0, of: 0 }
    return totals.has(of) && number <= of && !numbers.has(number)
  }
  return [true, false].flatMap((leftOut) => {
    const shards = stray.filter((name) => isLeftOut(name) === leftOut)
    return shards.length === 0 ? [] : [finding('index/stray-shard', { shards, leftOut })]
  })
}

/** A shard as transformers calls it, with the name of the index that it looks for. */
const ofTransformers = /^(model|pytorch_model)((?:\.[^.]+)?)-\d+-of-\d+\.(safetensors|bin)$/

/** Shards with no index in a folder whose configuration is that of a model of transformers, which loads none of them so. */
export async function indexLost(
  names: readonly string[],
  config: PlainMap | undefined,
  place: Place,
): Promise<Finding[]> {
  if (typeof config?.get('model_type') !== 'string') return []
  const [, model, variant = '', ending] = ofTransformers.exec(names[0] ?? '') ?? []
  const there = model === undefined ? null : await place.list()
  if (there === null || !names.every((name) => ofTransformers.test(name))) return []
  const single = `${model}.${ending}`
  const isLoaded = (name: string): boolean =>
    name === single || name.endsWith('.index.json') || ofVariant.test(name)
  if (there.some(isLoaded)) return []
  return [finding('shards/no-index', { index: `${single}.index${variant}.json`, shards: names.length })]
}

/** An index of a variant: `model.safetensors.index.fp16.json`. */
const ofVariant = /\.index\.[^.]+\.json$/

/** What files say of the number of tensors of the whole set, where all of it is here. */
export function statedTensors({ read, missing, broken }: ShardsRead, there: number): Finding[] {
  if (missing.length + broken.length > 0 || read.length < (shardName(read[0]?.name ?? '')?.of ?? 0)) return []
  const wrong = read.find(({ stateDict: { facts } }) => (facts.set?.tensors ?? there) !== there)
  const stated = wrong?.stateDict.facts.set?.tensors
  if (wrong === undefined || typeof stated !== 'number') return []
  return [finding('shards/stated-tensors', { stated, there }, { file: wrong.name })]
}

/** Caches and package managers link files legitimately, so this is no more than worth knowing. */
export function hardLinks({ read }: ShardsRead): Finding[] {
  const linked = read.filter((shard) => shard.links > 1).map((shard) => shard.name)
  return linked.length === 0 ? [] : [finding('shards/hard-link', { shards: linked })]
}
