import { isSdinspectError, type SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Place } from '../source/source.ts'
import { Watch, type WatchOptions } from '../source/watch.ts'
import { type Candidate, findCheckpoints } from './folder.ts'
import type { ReadContext } from './format.ts'
import { readWatched } from './read-checkpoint.ts'
import { readIndexed, readShardSet } from './shards/sharded.ts'

/** A checkpoint of a folder, or why it could not be read. */
export type Opened =
  | { readonly path: string; readonly checkpoint: Checkpoint }
  | { readonly path: string; readonly error: SdinspectError }

/**
 * Every checkpoint in a folder. The only one of its folder is called by the folder's own name; of several,
 * each by its file.
 *
 * @throws SdinspectError `source/no-checkpoint`, and when the folder cannot be listed; the signal's reason when
 *   that ends it
 */
export async function* openFolder(
  place: Place,
  limits: Limits,
  options: WatchOptions = {},
): AsyncGenerator<Opened> {
  const watch = new Watch(options)
  yield* openWatchedFolder(watch.place(place), { limits, watch })
}

/** The same for a place that is under watch already. */
export async function* openWatchedFolder(
  place: Place,
  context: Omit<ReadContext, 'place'>,
): AsyncGenerator<Opened> {
  const candidates = await findCheckpoints(place, context.limits)
  for (const candidate of candidates) {
    const path = candidates.length === 1 ? place.name : label(place.name, candidate)
    try {
      yield { path, checkpoint: await readCandidate(candidate, context) }
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      yield { path, error: error.within({ file: label(place.name, candidate) }) }
    }
  }
}

/** Reads one of the checkpoints found in a folder. */
async function readCandidate(
  { place, name, what }: Candidate,
  outer: Omit<ReadContext, 'place'>,
): Promise<Checkpoint> {
  const context = { ...outer, place }
  if (what.kind === 'unreadable') throw what.error
  if (what.kind === 'index') {
    return readIndexed(what.document, { name, bytes: what.bytes }, context)
  }
  if (what.kind === 'shards') return readShardSet(what.names, context)
  const source = await place.open(name)
  try {
    return await readWatched(source, context)
  } finally {
    await source.close?.()
  }
}

function label(root: string, { folder, name }: Candidate): string {
  return [root.endsWith('/') ? root.slice(0, -1) : root, folder, name].filter((part) => part !== '').join('/')
}
