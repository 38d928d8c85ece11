import { isSdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { PlainMap } from '../model/checkpoint.ts'
import type { Place } from '../source/source.ts'
import { findCheckpoints } from './folder.ts'
import { readIndexDocument } from './shards/read-index-document.ts'
import { isIndexName, shardIndex } from './shards/shard-index.ts'
import { shardName } from './shards/shard-name.ts'

/**
 * Whether a folder holds a checkpoint, or the one that a file of it is, with all the shards that its index or their
 * names tell of. Asked of a cache, which may have some files of a model.
 */
export async function holdsCheckpoint(place: Place, file: string | null, limits: Limits): Promise<boolean> {
  try {
    if (file !== null) {
      if (!isIndexName(file)) return true
      return await hasShards(place, (await readIndexDocument(place, file, limits)).document, limits)
    }
    for (const { what, place: folder, name } of await findCheckpoints(place, limits)) {
      if (what.kind === 'unreadable') return false
      if (what.kind === 'index' && !(await hasShards(folder, what.document, limits))) return false
      const names = what.kind === 'shards' ? what.names : [name]
      if (what.kind !== 'index' && names.some((one) => (shardName(one)?.of ?? 1) > names.length)) return false
    }
    return true
  } catch (error) {
    if (isSdinspectError(error)) return false
    throw error
  }
}

async function hasShards(place: Place, document: PlainMap, limits: Limits): Promise<boolean> {
  const there = new Set(await place.list())
  return shardIndex(document, limits).shards.every((shard) => there.has(shard))
}
