import { basename, dirname, join, sep } from 'node:path'
import { isSdinspectError, SdinspectError } from './errors.ts'
import type { ReadContext } from './formats/format.ts'
import type { Opened, SearchOptions } from './formats/open-folder.ts'
import { readWatched } from './formats/read-checkpoint.ts'
import { isIndexName } from './formats/shards/shard-index.ts'
import { shardName } from './formats/shards/shard-name.ts'
import type { LeftAlone } from './formats/survey.ts'
import { type ClassifyOptions, inspectCheckpoint } from './inspect.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint } from './model/checkpoint.ts'
import type { Report } from './model/report.ts'
import { type LooksAtValues, lookingAtValues } from './seen-values.ts'
import { diskPlace } from './source/disk-place.ts'
import { fileSource, pathKind } from './source/file.ts'
import { isGlob } from './source/glob.ts'
import { isUrl, shownPath } from './source/http-url.ts'
import { isHubName, plainHubName, withItsSlashes } from './source/hub-name.ts'
import { memorySource } from './source/memory.ts'
import type { Remote } from './source/remote.ts'
import type { Place } from './source/source.ts'
import { Traffic } from './source/traffic.ts'
import { Watch, type WatchOptions } from './source/watch.ts'

export interface OpenOptions extends WatchOptions {
  /** Compare also what is left for later of files at a distance: see `InspectOptions`. */
  readonly verify?: boolean | undefined
  /** Whether values are looked at where nothing else tells parameter from buffer: see `InspectOptions`. */
  readonly smallValues?: LooksAtValues | undefined
  /** What is read besides what is on this machine: models of the Hub and URLs, those of the Hub alone, or nothing. */
  readonly remote?: 'all' | 'hub' | 'none' | undefined
  /** Takes `org/name` for a model of the Hub, where there is no such path. */
  readonly plainNames?: boolean | undefined
  /** Keeps headers that came from the Hub, for the next run: below the user's folder of caches. */
  readonly keepHeaders?: boolean | undefined
  /** Counts what is asked of servers. */
  readonly traffic?: Traffic | undefined
  readonly limits?: Partial<Limits>
  /** Looks at all that is in a folder and below it. Otherwise at what is below only where nothing is in it. */
  readonly recurse?: boolean | undefined
  /** Is told of what is left alone in folders. */
  readonly onLeft?: ((left: LeftAlone) => void) | undefined
  /** Why the file or folder at a path is not to be read, which `onLeft` is told then; null where it is. */
  readonly leaveOut?: ((path: string) => string | null) | undefined
  /** What `-` reads. Default: the standard input of the process. */
  readonly stdin?: AsyncIterable<Uint8Array>
}

/** A report, or why there is none, of one checkpoint. */
export type Inspected =
  | { readonly path: string; readonly report: Report }
  | { readonly path: string; readonly error: SdinspectError }

/** What a path of the user turned out to be. */
export type Target = { readonly path: string } & (
  | { readonly kind: 'stdin' | 'folder' | 'file' }
  /** `insteadOf` is the path that is not here, where a model of the Hub was taken to be meant by it. */
  | { readonly kind: 'remote'; readonly insteadOf: string | undefined }
  | { readonly kind: 'shards'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly error: SdinspectError }
)

/**
 * The checkpoints that paths lead to: files, folders, indexes, patterns (`runs/*.ckpt`), `-` for standard
 * input. Several shards of one set are one checkpoint. A path that cannot be read does not stop the others.
 *
 * @throws the reason of `signal` when that ends it
 */
export async function* openPaths(
  paths: readonly string[],
  options: OpenOptions = {},
): AsyncGenerator<Opened> {
  const run = new Run(options)
  const grouped = await groupedTargets(paths, run)
  run.watch.expect(grouped.length)
  for (const target of grouped) {
    try {
      for await (const opened of openTarget(target, run)) {
        await run.watch.turn()
        yield opened
      }
    } catch (error) {
      run.watch.signal?.throwIfAborted()
      const path = shownPath(target.path)
      yield { path, error: ofGuess(asSdinspectError(error), target).within({ file: path }) }
    }
  }
}

/** What all paths of one call share. */
export class Run {
  readonly limits: Limits
  readonly watch: Watch
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  readonly search: SearchOptions
  readonly verify: boolean | undefined
  readonly options: OpenOptions
  readonly #traffic: Traffic
  readonly #places = new Map<string, Place>()

  constructor(options: OpenOptions) {
    this.limits = { ...defaultLimits, ...options.limits }
    this.watch = new Watch(options)
    this.stdin = options.stdin
    this.search = { recurse: options.recurse, onLeft: options.onLeft, leaveOut: options.leaveOut }
    this.verify = options.verify
    this.options = options
    this.#traffic = options.traffic ?? new Traffic()
  }

  /** What a URL or a name of the Hub leads to. */
  async remote(path: string): Promise<Remote> {
    const [{ remote }, { holdsCheckpoint }] = await Promise.all([
      import('./source/remote.ts'),
      import('./formats/holds-checkpoint.ts'),
    ])
    return remote(path, {
      limits: this.limits,
      signal: this.watch.signal,
      traffic: this.#traffic,
      verify: this.verify === true,
      keeps: this.options.keepHeaders === true,
      env: process.env,
      holdsCheckpoint: (place, file) => holdsCheckpoint(place, file, this.limits),
    })
  }

  /** What every file is read with: at hand, or at a distance. */
  context(isFar = false): Pick<ReadContext, 'limits' | 'watch' | 'completed'> {
    const { limits, watch } = this
    const looking = lookingAtValues(this.options.smallValues, isFar, { limits, signal: watch.signal })
    return { limits, watch, ...looking }
  }

  /** The folder at a path, listed once however many of its files are asked for. */
  place(path: string): Place {
    let place = this.#places.get(path)
    if (place === undefined) {
      place = this.watch.place(diskPlace(path))
      this.#places.set(path, place)
    }
    return place
  }
}

/** The report of every checkpoint that the paths lead to, one after the other. */
export async function* inspectPaths(
  paths: readonly string[],
  options: OpenOptions & ClassifyOptions = {},
): AsyncGenerator<Inspected> {
  for await (const opened of openPaths(paths, options)) {
    if ('error' in opened) yield opened
    else yield reported(opened.path, opened.checkpoint, options)
  }
}

function reported(path: string, checkpoint: Checkpoint, options: ClassifyOptions): Inspected {
  try {
    return { path, report: inspectCheckpoint(checkpoint, { ...options, path }) }
  } catch (error) {
    return { path, error: asSdinspectError(error).within({ file: path }) }
  }
}

/** What the paths of a call are, without those that are left out. */
export async function groupedTargets(paths: readonly string[], run: Run): Promise<readonly Target[]> {
  const targets: Target[] = []
  const { leaveOut, onLeft } = run.search
  for (const path of paths)
    for (const target of await targetsOf(path, run)) {
      const why = leaveOut?.(target.path) ?? null
      if (why === null) targets.push(target)
      else onLeft?.({ path: target.path, why, isPassedOver: false })
    }
  return groupShards(targets, run)
}

async function targetsOf(path: string, run: Run): Promise<Target[]> {
  if (path === '-') return [{ path, kind: 'stdin' }]
  if (isUrl(path)) return [remoteTarget(path, run)]
  const kind = pathKind(path)
  if (kind !== 'missing') return [{ path, kind }]
  if (isHubName(path)) return [remoteTarget(path, run)]
  // In a folder that is there it is a file that is not.
  const model = pathKind(dirname(path)) === 'missing' ? plainHubName(path) : undefined
  if (model !== undefined) {
    if (run.options.plainNames === true) return [remoteTarget(model, run, path)]
    // A typing error must not fetch a stranger's model into a gate.
    return [missing(path, `for the model of the Hub write ${model}`)]
  }
  const named = withItsSlashes(path)
  if (named !== undefined) return [missing(path, `a model of the Hub is written ${named}`)]
  // A file may be called like a pattern, so a pattern is only what is no file.
  if (!isGlob(path)) return [{ path, kind: 'file' }]
  try {
    const { expandGlob } = await import('./source/expand-glob.ts')
    const pattern = sep === '\\' ? path.replaceAll('\\', '/') : path
    const found = await expandGlob(pattern, (folder) => run.place(folder), run.limits)
    if (found.length === 0) throw new SdinspectError('source/not-found', 'no file fits the pattern')
    return found.map((file) => ({ path: file, kind: pathKind(file) === 'folder' ? 'folder' : 'file' }))
  } catch (error) {
    return [{ path, kind: 'error', error: asSdinspectError(error).within({ file: path }) }]
  }
}

function missing(path: string, hint: string): Target {
  const error = new SdinspectError('source/not-found', 'the file does not exist', { file: path, hint })
  return { path, kind: 'error', error }
}

/** Says of what could not be had of the Hub that it was not asked for by its scheme. */
function ofGuess(error: SdinspectError, target: Target): SdinspectError {
  if (target.kind !== 'remote' || target.insteadOf === undefined || !error.code.startsWith('source/'))
    return error
  const guess = `there is no file or folder called ${target.insteadOf} here, so the Hub was asked`
  const hint = error.ownHint === undefined ? guess : `${guess}; ${error.ownHint}`
  return new SdinspectError(error.code, error.message, { ...error, hint, cause: error.cause })
}

function remoteTarget(path: string, { options: { remote = 'all' } }: Run, insteadOf?: string): Target {
  if (remote === 'all' || (remote === 'hub' && isHubName(path))) return { path, kind: 'remote', insteadOf }
  const what =
    remote === 'hub'
      ? 'only files, folders and models of the Hub are read here'
      : 'only files and folders are read here'
  const error = new SdinspectError('unsupported/feature', `${what}, and no URLs`, {
    file: shownPath(path),
    hint: 'download it first',
  })
  return { path: shownPath(path), kind: 'error', error }
}

/** Makes one target of the shards of a set, and leaves out files that an index among the paths names. */
async function groupShards(targets: readonly Target[], run: Run): Promise<readonly Target[]> {
  const named = await namedByIndexes(targets, run)
  const sets = new Map<string, string[]>()
  const grouped: (() => Target)[] = []
  for (const target of targets) {
    const { path, kind } = target
    const set = kind === 'file' ? shardName(basename(path))?.set : undefined
    if (kind === 'file' && named.has(join(path))) continue
    if (set === undefined) {
      grouped.push(() => target)
      continue
    }
    const key = join(dirname(path), set)
    const names = sets.get(key)
    if (names !== undefined) {
      names.push(basename(path))
      continue
    }
    const own = [basename(path)]
    sets.set(key, own)
    // Whether it is alone is known when all paths have been seen.
    grouped.push(() =>
      new Set(own).size === 1 ? target : { path, kind: 'shards', names: [...new Set(own)] },
    )
  }
  return grouped.map((make) => make())
}

async function namedByIndexes(targets: readonly Target[], run: Run): Promise<ReadonlySet<string>> {
  const named = new Set<string>()
  if (targets.length === 1) return named
  const { readIndexDocument } = await import('./formats/shards/read-index-document.ts')
  for (const { path, kind } of targets) {
    if (kind !== 'file' || !isIndexName(basename(path))) continue
    try {
      const { document } = await readIndexDocument(run.place(dirname(path)), basename(path), run.limits)
      const map = document.get('weight_map')
      if (!(map instanceof Map)) continue
      for (const shard of map.values()) if (typeof shard === 'string') named.add(join(dirname(path), shard))
    } catch (error) {
      // It is read again in its turn, which says what is wrong with it.
      if (!isSdinspectError(error)) throw error
    }
  }
  return named
}

async function* openTarget(target: Target, run: Run): AsyncGenerator<Opened> {
  const { path } = target
  const { limits, watch, verify } = run
  const context = { ...run.context(), verify }
  switch (target.kind) {
    case 'error':
      yield { path, error: target.error }
      return
    case 'folder':
      yield* (await folders()).openWatchedFolder(run.place(path), context, run.search)
      return
    case 'shards':
      yield { path, checkpoint: await shardSet(target, context, run) }
      return
    case 'stdin': {
      const stream = run.stdin ?? (await import('node:process')).stdin
      const { readStream } = await import('./source/read-stream.ts')
      const bytes = await readStream(stream, path, limits, watch.signal)
      const source = watch.source(memorySource(bytes, path))
      yield { path, checkpoint: await readWatched(source, context) }
      source.done()
      return
    }
    case 'remote':
      yield* openRemote(await run.remote(path), run)
      return
    case 'file': {
      const source = watch.source(await fileSource(path))
      try {
        yield { path, checkpoint: await readWatched(source, { ...context, place: run.place(dirname(path)) }) }
      } finally {
        await source.close()
      }
    }
  }
}

/** What reads folders: loaded for the first, as most paths are of files. */
const folders = () => import('./formats/open-folder.ts')

/** Shards without an index, as one. */
export async function shardSet(
  { path, names }: Extract<Target, { kind: 'shards' }>,
  { completed, ...context }: ReadContext,
  run: Run,
): Promise<Checkpoint> {
  const place = run.place(dirname(path))
  const { readShardSet } = await import('./formats/shards/sharded.ts')
  const checkpoint = await readShardSet(names, { ...context, place })
  return completed === undefined ? checkpoint : completed(checkpoint, { main: null, place })
}

/** What a URL or a name of the Hub leads to: a file, or all that is in a folder. */
async function* openRemote({ place: inner, open, origin }: Remote, run: Run): AsyncGenerator<Opened> {
  const { watch, verify } = run
  const context = { ...run.context(true), verify }
  const place = watch.place(inner)
  const read = async function* (): AsyncGenerator<Opened> {
    if (open === null) return yield* (await folders()).openWatchedFolder(place, context, run.search)
    const source = watch.source(await open())
    try {
      yield { path: source.name, checkpoint: await readWatched(source, { ...context, place }) }
    } finally {
      await source.close()
    }
  }
  for await (const opened of read())
    yield 'error' in opened || origin === undefined
      ? opened
      : { ...opened, checkpoint: { ...opened.checkpoint, origin } }
}

/** Anything else than an SdinspectError is a bug, and is said to be one, of this path only. */
export function asSdinspectError(error: unknown): SdinspectError {
  if (isSdinspectError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new SdinspectError('internal/bug', `a bug in sdinspect: ${message}`, { cause: error })
}
