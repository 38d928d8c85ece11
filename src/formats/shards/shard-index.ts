import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Plain, PlainMap } from '../../model/checkpoint.ts'

/** A `*.index.json`: which shard holds which tensor. */
export interface ShardIndex {
  /** Tensor name to file name, in the order of the file. */
  readonly weightMap: ReadonlyMap<string, string>
  /** File names, in order of first mention. */
  readonly shards: readonly string[]
  readonly metadata: PlainMap
}

/** `model.safetensors.index.json`, and `model.safetensors.index.fp16.json` of a variant. */
export function isIndexName(name: string): boolean {
  return name.endsWith('.json') && name.includes('.index.')
}

/** Whether a JSON document is an index, well-formed or not. */
export function isShardIndex(document: ReadonlyMap<string, unknown>): boolean {
  return document.has('weight_map')
}

/**
 * @throws SdinspectError `format/malformed` when `weight_map` is not a map from tensor names to file names,
 *   `limit/exceeded` for more shards or tensors than the limits allow
 */
export function shardIndex(document: PlainMap, limits: Limits): ShardIndex {
  const map = document.get('weight_map')
  if (!(map instanceof Map)) {
    throw malformed(`"weight_map" is ${kindOf(map)}, expected an object from tensor names to file names`)
  }
  withinLimit(limits, 'checkpointTensors', map.size, 'the number of tensors in the index')
  const shards = new Set<string>()
  const others = new Map<string, string>()
  // Neighbours are mostly in one file, and a comparison is quicker than a look into a set.
  let last: Plain | undefined
  let shard = ''
  for (const [tensor, said] of map as PlainMap) {
    if (said !== last) {
      if (typeof said !== 'string')
        throw malformed(
          `the file of tensor ${quoted(tensor)} is ${kindOf(said)}, expected a file name`,
          tensor,
        )
      last = said
      shard = plainName(said)
      shards.add(shard)
    }
    if (shard !== last) others.set(tensor, shard)
  }
  const names = map as ReadonlyMap<string, string>
  withinLimit(limits, 'shards', shards.size, 'the number of shards in the index')
  const metadata = document.get('metadata')
  return {
    weightMap:
      others.size === 0
        ? names
        : new Map(Array.from(names, ([tensor, said]) => [tensor, others.get(tensor) ?? said])),
    shards: [...shards],
    metadata: metadata instanceof Map ? metadata : new Map(),
  }
}

/**
 * `./model.safetensors` is `model.safetensors`: transformers joins the folder and what the index says
 * (utils/hub.py, `get_checkpoint_shard_files`), and the system opens that.
 */
function plainName(name: string): string {
  if (!/(?:^|\/)\.?\//.test(name) || name.startsWith('/')) return name
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

function malformed(problem: string, tensor?: string): SdinspectError {
  return new SdinspectError('format/malformed', `index: ${problem}`, { tensor })
}

function kindOf(value: Plain | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Map) return 'an object'
  return `a ${typeof value === 'bigint' ? 'number' : typeof value}`
}
