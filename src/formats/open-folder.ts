import { isSdinspectError, type SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Place } from '../source/source.ts'
import { type Candidate, findCheckpoints } from './folder.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readIndexed, readShardSet } from './shards/sharded.ts'

/** A checkpoint of a folder, or why it could not be read. */
export type Opened =
  | { readonly path: string; readonly checkpoint: Checkpoint }
  | { readonly path: string; readonly error: SdinspectError }

/**
 * Every checkpoint in a folder. The only one of its folder is called by the folder's own name; of several,
 * each by its file.
 *
 * @throws SdinspectError `source/no-checkpoint`, and when the folder cannot be listed
 */
export async function* openFolder(place: Place, limits: Limits): AsyncGenerator<Opened> {
  const candidates = await findCheckpoints(place, limits)
  for (const candidate of candidates) {
    const path = candidates.length === 1 ? place.name : label(place.name, candidate)
    try {
      yield { path, checkpoint: await readCandidate(candidate, limits) }
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      yield { path, error: error.within({ file: label(place.name, candidate) }) }
    }
  }
}

/** Reads one of the checkpoints found in a folder. */
async function readCandidate({ place, name, what }: Candidate, limits: Limits): Promise<Checkpoint> {
  if (what.kind === 'unreadable') throw what.error
  if (what.kind === 'index') {
    return readIndexed(what.document, { name, bytes: what.bytes }, { limits, place })
  }
  if (what.kind === 'shards') return readShardSet(what.names, place, limits)
  const source = await place.open(name)
  try {
    return await readCheckpoint(source, { limits, place })
  } finally {
    await source.close?.()
  }
}

function label(root: string, { folder, name }: Candidate): string {
  return [root.endsWith('/') ? root.slice(0, -1) : root, folder, name].filter((part) => part !== '').join('/')
}
