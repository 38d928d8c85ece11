import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { hasChecksums } from './formats/index.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint } from './model/checkpoint.ts'
import type { Report } from './model/report.ts'
import { chosenStateDict } from './model/select.ts'
import { sameShape } from './model/tensors/shape.ts'
import type { BadEntry, BaseComparison, ValueReading } from './model/values/value-reading.ts'
import { open } from './node.ts'
import { OpenCheckpoint, sizesOf } from './open.ts'
import { farFiles, isFarPath } from './source/far-files.ts'
import { fileSource } from './source/file.ts'
import { part } from './source/part.ts'
import type { ByteSource, Place } from './source/source.ts'
import type { Traffic } from './source/traffic.ts'
import { Watch, type WatchOptions } from './source/watch.ts'
import { windowed } from './source/windowed.ts'
import { badChecksums } from './values/archive-checksums.ts'
import { OpenFiles } from './values/open-files.ts'
import { type ReadingPart, readValues, readValuesPart } from './values/read-values.ts'
import type { Extent } from './values/statistics/kernel.ts'
import type { Workers } from './values/workers/workers.ts'
import { WorkersWhenWorth } from './workers/workers-when-worth.ts'

export { isReadingPart, mergedReading, type ReadingPart } from './values/read-values.ts'
export { impossible, isRecord } from './values/statistics/part-checks.ts'
export { missingParts } from './values/statistics/statistics-part.ts'

export interface ReadAgainOptions {
  /** The path of a file of the checkpoint, by its name there. */
  pathOf(name: string): string
  /** Whether the values of a tensor of this name are kept one by one, where it is small. */
  isKept(name: string): boolean
  readonly limits: Partial<Limits>
  /** Path of the checkpoint that this one was trained from; null for none. */
  readonly base: string | null
  /** The state dict that is checked; null for the main one. */
  readonly stateDict: string | null
  /** All that some rule asks for. */
  readonly extent: Extent
  /** Of a larger tensor only a sample of about so many bytes is read, and no checksum is compared; null: all is read. */
  readonly sampleBytes?: number | null
  /** Threads; null or absent: as many as there is work for. */
  readonly workers?: number | null | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: WatchOptions['onProgress']
  /** Counts what is fetched. */
  readonly traffic?: Traffic | undefined
}

/**
 * Reads the values of a checkpoint that was read before: those of every state dict once, and the checksums of the
 * archives they are in.
 *
 * @throws SdinspectError `source/changed` when a file is not as it was, `source/*`; the reason of `signal`
 */
export async function readAgain(
  checkpoint: Checkpoint,
  report: Report,
  {
    limits: given,
    base,
    stateDict,
    extent,
    sampleBytes = null,
    workers,
    signal,
    onProgress,
    traffic,
    pathOf,
    isKept,
  }: ReadAgainOptions,
): Promise<{ readonly values: ValueReading; readonly base: BaseComparison | null }> {
  const limits = { ...defaultLimits, ...given }
  const watch = new Watch({ signal, onProgress })
  const bytes = bytesToRead(report, sampleBytes)
  watch.expectBytes(bytes)
  const reopening = { checkpoint, report, limits, watch, pathOf, workers, bytes, signal, traffic }
  return whileOpen(reopening, async (opened, files, threads) => {
    const checksums =
      sampleBytes === null
        ? await checksumsOf(report, { ...checkpoint, files: report.files }, files, limits)
        : { badEntries: [] }
    const sample = sampleBytes ?? undefined
    const options = { signal, extent, isKept, sampleBytes: sample, workers: threads } as const
    const values = {
      ...(await readValues(opened, options)),
      ...checksums,
      ...(sampleBytes !== null && { isSample: true as const }),
    }
    if (base === null) return { values, base: null }
    return { values, base: await comparedWith(base, opened, stateDict, { limits, signal }) }
  })
}

/**
 * One of several parts of the same reading. The checksums of an archive are compared by one of them.
 *
 * @throws as `readAgain`
 */
export async function readPartAgain(
  checkpoint: Checkpoint,
  report: Report,
  part: { readonly index: number; readonly of: number },
  { limits: given, workers, signal, onProgress, traffic, pathOf, isKept }: ReadAgainOptions,
): Promise<ReadingPart> {
  const limits = { ...defaultLimits, ...given }
  const watch = new Watch({ signal, onProgress })
  const bytes = bytesToRead(report, null) / part.of
  const reopening = { checkpoint, report, limits, watch, pathOf, workers, bytes, signal, traffic }
  return whileOpen(reopening, async (opened, files, threads) => {
    const own = report.files.filter((_, at) => at % part.of === part.index - 1)
    const checksums = await checksumsOf(report, { ...checkpoint, files: own }, files, limits)
    return { ...(await readValuesPart(opened, part, { signal, workers: threads, isKept })), ...checksums }
  })
}

/**
 * The hash of samples of its files that parts of a reading state.
 *
 * @throws as `readAgain`
 */
export async function sampledAgain(
  checkpoint: Checkpoint,
  report: Report,
  {
    limits: given,
    signal,
    onProgress,
    traffic,
    pathOf,
  }: Pick<ReadAgainOptions, 'limits' | 'signal' | 'onProgress' | 'traffic' | 'pathOf'>,
): Promise<string> {
  const limits = { ...defaultLimits, ...given }
  const watch = new Watch({ signal, onProgress })
  const reopening = { checkpoint, report, limits, watch, pathOf, workers: 0, bytes: 0, signal, traffic }
  return whileOpen(reopening, (opened) => opened.sampled({ ...(signal && { signal }) }))
}

interface Reopening extends Pick<ReadAgainOptions, 'pathOf' | 'workers' | 'signal' | 'traffic'> {
  readonly checkpoint: Checkpoint
  readonly report: Report
  readonly limits: Limits
  readonly watch: Watch
  /** About as many as will be read. */
  readonly bytes: number
}

/** Opens the files of a checkpoint again for as long as `use` takes. */
async function whileOpen<T>(
  { checkpoint, report, limits, watch, pathOf, workers: asked, bytes, signal, traffic }: Reopening,
  use: (opened: OpenCheckpoint, files: OpenFiles, workers: Workers | undefined) => Promise<T>,
): Promise<T> {
  const workers = new WorkersWhenWorth(asked)
  const place = isFarPath(report.path)
    ? await farFiles(report, { limits, signal, traffic, env: process.env })
    : placeOf(report, pathOf)
  const files = new OpenFiles(watch.place(place), sizesOf(checkpoint))
  const opened = new OpenCheckpoint(checkpoint, report, files, limits)
  try {
    return await use(opened, files, await workers.for(bytes))
  } finally {
    await workers.close()
    await opened.close()
  }
}

/** About: of archives the checksums are read too, and what is tied is read once. */
function bytesToRead({ stateDicts, files, format }: Report, sampleBytes: number | null): number {
  if (sampleBytes !== null) return 0
  const values = stateDicts.reduce((sum, { totals }) => sum + totals.stored.bytes, 0)
  const weights = files.reduce((sum, { role, bytes }) => sum + (role === 'weights' ? bytes : 0), 0)
  return values + (hasChecksums(format) ? weights : 0)
}

/** The files of a checkpoint, by the names that it has for them. */
function placeOf({ path }: Report, pathOf: ReadAgainOptions['pathOf']): Place {
  return {
    name: dirname(path),
    list: async () => null,
    open: (name): Promise<ByteSource> => fileSource(pathOf(name)),
  }
}

/** Of what is at a distance, so many bytes are fetched at once: archives have many small members. */
const windowBytes = 8 << 20

async function checksumsOf(
  { path }: Report,
  { files, parts }: Pick<Checkpoint, 'files' | 'parts'>,
  open: OpenFiles,
  limits: Limits,
): Promise<Pick<ValueReading, 'badEntries' | 'withoutChecksums'>> {
  const badEntries: BadEntry[] = []
  const withoutChecksums: string[] = []
  for (const { name, role } of files) {
    if (role !== 'weights') continue
    const opened = await open.source(name)
    const source = isFarPath(path) ? windowed(opened, windowBytes) : opened
    const inside = parts?.get(name)
    const archives =
      inside === undefined
        ? [source]
        : inside.map((one) => part(source, one.offset, one.length, `${name}: ${one.name}`))
    for (const [at, archive] of archives.entries()) {
      const bad = await badChecksums(archive, limits, crc32)
      if (bad === null) withoutChecksums.push(inside === undefined ? name : archive.name)
      for (const entry of bad ?? [])
        badEntries.push({ file: name, entry: inside === undefined ? entry : `${inside[at]?.name}: ${entry}` })
    }
  }
  return { badEntries, ...(withoutChecksums.length > 0 && { withoutChecksums }) }
}

/** Compares tensors of one name, shape and type, byte by byte. */
async function comparedWith(
  path: string,
  opened: OpenCheckpoint,
  stateDict: string | null,
  { limits, signal }: { readonly limits: Limits; readonly signal: AbortSignal | undefined },
): Promise<BaseComparison> {
  const base = await open(path, { limits, ...(signal && { signal }) })
  try {
    const isSame = new Map<string, boolean>()
    const ours = chosenStateDict(opened.report.stateDicts, stateDict)
    const theirs = new Map(Array.from(base.tensors, (tensor) => [tensor.name, tensor]))
    for (const { name, dtype, shape } of ours?.tensors ?? []) {
      const other = theirs.get(name)
      if (other === undefined || other.dtype !== dtype || !sameShape(other.shape, shape)) continue
      const own = opened.values(name, { ...(ours && { stateDict: ours.path }), ...(signal && { signal }) })
      const based = base.values(name, signal === undefined ? {} : { signal })
      isSame.set(name, await sameBytes(own, based))
    }
    return { path, isSame }
  } finally {
    await base.close()
  }
}

async function sameBytes(
  a: AsyncGenerator<{ readonly bytes: Uint8Array }>,
  b: AsyncGenerator<{ readonly bytes: Uint8Array }>,
): Promise<boolean> {
  try {
    let [restA, restB] = [new Uint8Array(), new Uint8Array()]
    for (;;) {
      if (restA.length === 0) restA = (await next(a)) as Uint8Array<ArrayBuffer>
      if (restB.length === 0) restB = (await next(b)) as Uint8Array<ArrayBuffer>
      if (restA.length === 0 || restB.length === 0) return restA.length === restB.length
      const length = Math.min(restA.length, restB.length)
      if (Buffer.compare(restA.subarray(0, length), restB.subarray(0, length)) !== 0) return false
      restA = restA.subarray(length)
      restB = restB.subarray(length)
    }
  } finally {
    await a.return(undefined)
    await b.return(undefined)
  }
}

/** The next window; nothing at the end. */
async function next(windows: AsyncGenerator<{ readonly bytes: Uint8Array }>): Promise<Uint8Array> {
  for (;;) {
    const { value, done } = await windows.next()
    if (done === true) return new Uint8Array()
    if (value.bytes.length > 0) return value.bytes
  }
}
