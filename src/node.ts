import { dirname } from 'node:path'
import { quoted, SdinspectError } from './errors.ts'
import { openCandidates } from './formats/open-folder.ts'
import { readWatched } from './formats/read-checkpoint.ts'
import type { ClassifyOptions, InspectOptions } from './inspect.ts'
import type { Checkpoint } from './model/checkpoint.ts'
import type { Report } from './model/report.ts'
import {
  type DigestOptions,
  type OpenCheckpoint,
  openedCheckpoint,
  open as openSource,
  sizesOf,
} from './open.ts'
import {
  asSdinspectError,
  groupedTargets,
  inspectPaths,
  type OpenOptions,
  Run,
  shardSet,
  type Target,
} from './open-paths.ts'
import { fileSource } from './source/file.ts'
import { fileName } from './source/file-name.ts'
import { shownPath } from './source/http-url.ts'
import { memorySource } from './source/memory.ts'
import { readStream } from './source/read-stream.ts'
import type { Remote } from './source/remote.ts'
import type { ByteSource, Place } from './source/source.ts'
import type { StateDictDigest } from './values/digest.ts'
import { OpenFiles } from './values/open-files.ts'
import type { StartedWorkers, WorkersOptions } from './workers/start-workers.ts'

export type { Opened } from './formats/open-folder.ts'
export type { LeftAlone } from './formats/survey.ts'
export * from './index.ts'
export { type Inspected, inspectPaths, type OpenOptions, openPaths } from './open-paths.ts'
export { diskPlace } from './source/disk-place.ts'
export { fileSource } from './source/file.ts'
export { Traffic } from './source/traffic.ts'
export type { StartedWorkers, WorkersOptions } from './workers/start-workers.ts'

/**
 * What is in the checkpoint at `path`.
 *
 * @throws SdinspectError why it cannot be read; `usage/arguments` when the path leads to several
 */
export async function inspectPath(
  path: string,
  options: OpenOptions & ClassifyOptions = {},
): Promise<Report> {
  let first: Report | undefined
  for await (const inspected of inspectPaths([path], options)) {
    if ('error' in inspected) throw inspected.error
    if (first !== undefined) {
      throw new SdinspectError(
        'usage/arguments',
        `${quoted(path)} leads to several checkpoints: ${quoted(first.path)}, ${quoted(inspected.path)}`,
        { hint: 'give one of them, or use inspectPaths' },
      )
    }
    first = inspected.report
  }
  if (first === undefined) throw new SdinspectError('source/not-found', `nothing is at ${quoted(path)}`)
  return first
}

/**
 * Opens the checkpoint at a path, a file, a folder or an index, or of a source, for its report and, later, its values.
 * The caller closes what this gives; a source is not this function's to close.
 *
 * @throws SdinspectError why it cannot be read; `usage/arguments` when the path leads to several; the reason of
 *   `signal` when that ends it
 */
export async function open(
  at: string | ByteSource,
  options: OpenOptions & InspectOptions = {},
): Promise<OpenCheckpoint> {
  if (typeof at !== 'string') return openSource(at, options)
  const opening = openEach([at], options)
  const first = await opening.next()
  if (first.done) throw new SdinspectError('source/not-found', `nothing is at ${quoted(at)}`)
  const { value: only } = first
  if ('error' in only) throw only.error
  try {
    const second = await opening.next()
    if (second.done) return only.opened
    if (!('error' in second.value)) await second.value.opened.close()
    throw new SdinspectError(
      'usage/arguments',
      `${quoted(at)} leads to several checkpoints: ${quoted(only.path)}, ${quoted(second.value.path)}`,
      { hint: 'give one of them' },
    )
  } catch (error) {
    await only.opened.close()
    throw error
  }
}

/**
 * Opens the checkpoints that paths lead to, one when it is asked for. Who asks closes each.
 *
 * @throws the reason of `signal` when that ends it
 */
export async function* openEach(
  paths: readonly string[],
  options: OpenOptions & ClassifyOptions = {},
): AsyncGenerator<{ readonly path: string; readonly opened: OpenCheckpoint } | FailedOpening> {
  const run = new Run(options)
  for (const target of await groupedTargets(paths, run)) {
    try {
      for await (const kept of keepOpen(target, run)) {
        if ('error' in kept) yield kept
        else yield { path: kept.path, opened: await reportedOpen(kept, options) }
      }
    } catch (error) {
      run.watch.signal?.throwIfAborted()
      const path = shownPath(target.path)
      yield { path, error: asSdinspectError(error).within({ file: path }) }
    }
  }
}

interface FailedOpening {
  readonly path: string
  readonly error: SdinspectError
}

/** A checkpoint, with the file that it was read from still open where that is one. */
interface Kept {
  readonly path: string
  readonly checkpoint: Checkpoint
  readonly main: ByteSource | null
  readonly place?: Place
}

async function reportedOpen(
  { path, checkpoint, main, place }: Kept,
  options: ClassifyOptions,
): Promise<OpenCheckpoint> {
  const kept = main === null ? undefined : { name: fileName(main.name), source: main, isOwn: true }
  const files = new OpenFiles(place, sizesOf(checkpoint), kept)
  try {
    return openedCheckpoint(checkpoint, files, path, options)
  } catch (error) {
    await files.close()
    throw error
  }
}

async function* keepOpen(target: Target, run: Run): AsyncGenerator<Kept | FailedOpening> {
  const { path, kind } = target
  const context = run.context()
  if (kind === 'error') throw target.error
  if (kind === 'remote') yield* keepRemote(await run.remote(path), run)
  else if (kind === 'folder') yield* openCandidates(run.place(path), context, run.search)
  else if (kind === 'shards') {
    const place = run.place(dirname(path))
    yield { path, checkpoint: await shardSet(target, context, run), main: null, place }
  } else yield keptFile(path, kind === 'stdin', run)
}

/** The same at a distance. */
async function* keepRemote(
  { place: inner, open, origin }: Remote,
  run: Run,
): AsyncGenerator<Kept | FailedOpening> {
  const { watch } = run
  const context = run.context(true)
  const place = watch.place(inner)
  const from = origin === undefined ? {} : { origin }
  if (open === null) {
    for await (const kept of openCandidates(place, context, run.search))
      yield 'error' in kept ? kept : { ...kept, checkpoint: { ...kept.checkpoint, ...from } }
    return
  }
  const main = watch.source(await open())
  try {
    const checkpoint = await readWatched(main, { ...context, place })
    yield { path: main.name, checkpoint: { ...checkpoint, ...from }, main, place }
  } catch (error) {
    await main.close()
    throw error
  }
}

/** What is read from one file, which stays open. */
async function keptFile(path: string, isStream: boolean, run: Run): Promise<Kept> {
  const { limits, watch } = run
  const stream = isStream ? (run.stdin ?? (await import('node:process')).stdin) : undefined
  const main = watch.source(
    stream === undefined
      ? await fileSource(path)
      : memorySource(await readStream(stream, path, limits, watch.signal), path),
  )
  const place = isStream ? undefined : run.place(dirname(path))
  try {
    const checkpoint = await readWatched(main, { ...run.context(), ...(place && { place }) })
    return { path, checkpoint, main, ...(place && { place }) }
  } catch (error) {
    await main.close()
    throw error
  }
}

/**
 * SHA-256 of the values of a state dict: of each tensor, of all of them with their names, and of their distinct
 * contents (docs/digest.md). The same for the same weights, in whatever format and files they are.
 *
 * @throws SdinspectError `usage/no-values` when a tensor has none, and what reading them throws
 */
export async function digestValues(
  checkpoint: OpenCheckpoint,
  options: DigestOptions = {},
): Promise<StateDictDigest> {
  // Loading it takes a tenth of what a short run takes.
  const { createHash } = await import('node:crypto')
  return checkpoint.digest(() => {
    const hash = createHash('sha256')
    return { update: (bytes) => hash.update(bytes), hex: () => hash.digest('hex') }
  }, options)
}

/**
 * Starts other threads that read values and compute: `workers` of `statistics` and `digestValues`. Each takes 10 to 25 MB.
 *
 * @returns null where the package's file for threads is not there, as in a bundle that somebody made of it
 */
export async function startWorkers(
  count: number,
  options: WorkersOptions = {},
): Promise<StartedWorkers | null> {
  // Loading what starts threads takes longer than reading a header.
  const { startedWorkers } = await import('./workers/start-workers.ts')
  return startedWorkers(count, options)
}
