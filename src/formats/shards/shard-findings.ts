import { SdinspectError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import type { Place } from '../../source/source.ts'
import { nameList } from '../name-list.ts'
import type { ShardIndex } from './shard-index.ts'
import { shardName } from './shard-name.ts'
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
  if (missing.length === 0) return []
  const subject = missing.length === 1 ? 'a shard is' : `${missing.length} shards are`
  return [
    {
      rule: 'index/missing-shard',
      level: 'error',
      message: `${subject} missing: ${nameList(missing)}`,
      fix: missing.length === 1 ? 'download it' : 'download them',
    },
  ]
}

export function brokenShards({ broken }: ShardsRead): Finding[] {
  return broken.map(({ name, error }) => ({
    rule: 'shards/broken',
    level: 'error',
    message: `cannot be read: ${error.message}`,
    file: name,
    fix: error.hint ?? 'download the shard again',
  }))
}

/** Shards of the same set that the index does not name: left from another save. */
export async function strayShards(named: readonly string[], place: Place): Promise<Finding[]> {
  const sets = new Set(named.map((name) => shardName(name)?.set))
  const known = new Set(named)
  const stray = ((await place.list()) ?? []).filter((name) => {
    const set = shardName(name)?.set
    return set !== undefined && sets.has(set) && !known.has(name)
  })
  if (stray.length === 0) return []
  const subject = stray.length === 1 ? 'a shard is' : `${stray.length} shards are`
  return [
    {
      rule: 'index/stray-shard',
      level: 'warning',
      message: `${subject} in the folder and not in the index: ${nameList(stray)}`,
      fix: 'delete what is left of another save, or write the index again',
    },
  ]
}

/** Caches and package managers link files legitimately, so this is no more than worth knowing. */
export function hardLinks({ read }: ShardsRead): Finding[] {
  const linked = read.filter((shard) => shard.links > 1).map((shard) => shard.name)
  if (linked.length === 0) return []
  return [
    {
      rule: 'shards/hard-link',
      level: 'info',
      message: `${linked.length === 1 ? 'a shard has' : `${linked.length} shards have`} another name elsewhere on the disk (hard link): ${nameList(linked)}`,
    },
  ]
}
