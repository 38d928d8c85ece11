import { isSdinspectError, SdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { ByteSource, Place } from '../source/source.ts'
import { Watch, type WatchOptions } from '../source/watch.ts'
import { type Candidate, findCheckpoints, joined } from './folder.ts'
import type { ReadContext } from './format.ts'
import { type PartFolders, partsCheckpoint } from './parts/part-findings.ts'
import { readWatched } from './read-checkpoint.ts'
import { addTo } from './shards/merge-shards.ts'
import { originalOf } from './shards/shard-name.ts'
import { readIndexed, readShardSet } from './shards/sharded.ts'
import { type LeftAlone, survey } from './survey.ts'

/** A checkpoint, or why it could not be read. */
export type Opened =
  | {
      readonly path: string
      readonly checkpoint: Checkpoint
      /** It was found by its bytes, under a name that weights do not have: other state of a training run, perhaps. */
      readonly isByBytes?: true
      /** Nothing loads it: a shard that the index beside it does not name, or a copy. */
      readonly isBeside?: true
    }
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
  { verify, completed, ...options }: WatchOptions & Pick<ReadContext, 'verify' | 'completed'> = {},
): AsyncGenerator<Opened> {
  const watch = new Watch(options)
  yield* openWatchedFolder(watch.place(place), { limits, watch, verify, completed })
}

/** The same for a place that is under watch already. */
export async function* openWatchedFolder(
  place: Place,
  context: Omit<ReadContext, 'place'>,
  options: SearchOptions = {},
): AsyncGenerator<Opened> {
  const named = await namedCandidates(place, context.limits, options)
  for (const { path, candidate } of named) {
    if (candidate.what.kind === 'parts') {
      const checkpoint = partsCheckpoint(candidate.what.list, await partFolders(candidate, named))
      if (checkpoint !== null) yield { path, checkpoint }
      continue
    }
    const opened = await openCandidate(path, candidate, place, context)
    if (candidate.isBeside === true && !('error' in opened)) yield besides(opened, candidate.name)
    else if (candidate.isByBytes !== true) yield opened
    else if (!('error' in opened)) yield { ...opened, isByBytes: true }
    // Its first bytes were those of a format, and the rest is not.
    else options.onLeft?.({ path, why: opened.error.message, isPassedOver: true })
  }
}

/** A checkpoint that nothing loads, with the reason where its name is one. */
function besides({ path, checkpoint }: Extract<Opened, { checkpoint: Checkpoint }>, name: string): Opened {
  const original = originalOf(name)
  const findings = original === undefined ? [] : [finding('shards/copy', { original }, { file: name })]
  return {
    path,
    checkpoint: { ...checkpoint, findings: [...checkpoint.findings, ...findings] },
    isBeside: true,
  }
}

/** The folders of the parts that a list names, by what was found in them. */
async function partFolders(
  { place, folder }: Candidate,
  named: readonly NamedCandidate[],
): Promise<PartFolders> {
  const below = new Set((await place.folders?.()) ?? [])
  const weights = new Map<string, string[]>()
  for (const { candidate } of named)
    if (candidate.what.kind !== 'parts') addTo(weights, candidate.folder, candidate.name)
  return {
    isThere: (name) => name === '' || below.has(name.split('/')[0] as string),
    weightsIn: (name) => weights.get(name === '' ? folder : joined(folder, name)) ?? [],
  }
}

/** How much of a folder is looked at. */
export interface SearchOptions {
  /** All that is in it and below. Otherwise: what is below only where nothing is in it, or in a pipeline. */
  readonly recurse?: boolean | undefined
  /** Is told of all that is left alone, with its path. */
  readonly onLeft?: ((left: LeftAlone) => void) | undefined
  /** Why a path is not to be read; null where it is. */
  readonly leaveOut?: ((path: string) => string | null) | undefined
}

/** A checkpoint that a folder seems to hold, and what it is called. */
interface NamedCandidate {
  readonly path: string
  readonly candidate: Candidate
}

/** The checkpoints of a folder. The only one of the folder itself has the folder's name, any other that of its file. */
async function namedCandidates(
  place: Place,
  limits: Limits,
  { recurse = false, onLeft = () => {}, leaveOut = () => null }: SearchOptions,
): Promise<readonly NamedCandidate[]> {
  if (!recurse) {
    const candidates = (await findCheckpoints(place, limits)).filter((candidate) => {
      const path = label(place.name, candidate)
      const why = leaveOut(path)
      if (why !== null) onLeft({ path, why, isPassedOver: false })
      return why === null
    })
    const isAlone = candidates.filter(isWeights).length === 1
    return candidates.map((candidate) => ({
      path: isAlone && isWeights(candidate) ? place.name : label(place.name, candidate),
      candidate,
    }))
  }
  const { candidates, left } = await survey(place, limits, (path) => leaveOut(within(place.name, path)))
  for (const one of left) onLeft({ ...one, path: within(place.name, one.path) })
  const called = candidates.filter((one) => isWeights(one) && one.isByBytes !== true && one.isBeside !== true)
  const own = called.length === 1 ? called : called.filter(({ folder }) => folder === '')
  return candidates.map((candidate) => ({
    path: own.length === 1 && own[0] === candidate ? place.name : label(place.name, candidate),
    candidate,
  }))
}

async function openCandidate(
  path: string,
  candidate: Candidate,
  place: Place,
  context: Omit<ReadContext, 'place'>,
): Promise<Opened> {
  try {
    const { checkpoint, main } = await keepCandidate(candidate, context)
    await main?.close?.()
    return { path, checkpoint }
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return { path, error: error.within({ file: label(place.name, candidate) }) }
  }
}

/** A checkpoint of a folder, and the file that it was read from where that is one. */
export interface OpenedCandidate {
  readonly checkpoint: Checkpoint
  /** Still open: the caller closes it. */
  readonly main: ByteSource | null
  /** The folder it is in. */
  readonly place: Place
}

/** Every checkpoint in a folder, with the file that it was read from still open. */
export async function* openCandidates(
  folder: Place,
  context: Omit<ReadContext, 'place'>,
  options: SearchOptions = {},
): AsyncGenerator<Extract<Opened, { error: unknown }> | ({ readonly path: string } & OpenedCandidate)> {
  for (const { path, candidate } of await namedCandidates(folder, context.limits, options)) {
    if (!isWeights(candidate)) continue
    try {
      yield { path, ...(await keepCandidate(candidate, context)) }
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      yield { path, error: error.within({ file: label(folder.name, candidate) }) }
    }
  }
}

/** Reads one of the checkpoints found in a folder, and leaves the file that it is in open. */
async function keepCandidate(
  { place, name, what }: Candidate,
  outer: Omit<ReadContext, 'place'>,
): Promise<OpenedCandidate> {
  const { completed = async (checkpoint: Checkpoint) => checkpoint, ...inner } = outer
  const context = { ...inner, place }
  const whole = { main: null, place }
  if (what.kind === 'unreadable') throw what.error
  if (what.kind === 'parts') throw new SdinspectError('internal/bug', 'a list of parts has no weights')
  if (what.kind === 'index') {
    const checkpoint = await readIndexed(what.document, { name, bytes: what.bytes }, context)
    return { checkpoint: await completed(checkpoint, whole), main: null, place }
  }
  if (what.kind === 'shards')
    return { checkpoint: await completed(await readShardSet(what.names, context), whole), main: null, place }
  const main = await place.open(name)
  try {
    return { checkpoint: await readWatched(main, { ...context, completed }), main, place }
  } catch (error) {
    await main.close?.()
    throw error
  }
}

function isWeights({ what }: Candidate): boolean {
  return what.kind !== 'parts'
}

function label(root: string, { folder, name }: Candidate): string {
  return within(root, joined(folder, name))
}

function within(root: string, path: string): string {
  return root.endsWith('/') ? `${root}${path}` : `${root}/${path}`
}
