import { isSdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import { fileName } from '../source/file-name.ts'
import type { ByteSource } from '../source/source.ts'
import { together } from '../source/together.ts'
import { Watch, type WatchOptions } from '../source/watch.ts'
import type { ReadContext } from './format.ts'
import { formats } from './index.ts'
import { near } from './near.ts'
import { readFileOf } from './read-file.ts'
import { shardName } from './shards/shard-name.ts'
import { readSideFiles, readUnlistedSideFiles, type SideFilesRead } from './side-files.ts'

/**
 * Reads a file of any format, and the configuration files beside it where there is a folder. Does not close
 * the source.
 *
 * @throws SdinspectError with the file it is about; the signal's reason when that ends it
 */
export async function readCheckpoint(
  source: ByteSource,
  { limits, place, verify, completed, ...options }: Omit<ReadContext, 'watch' | 'side'> & WatchOptions,
): Promise<Checkpoint> {
  const watch = new Watch(options)
  const watched = watch.source(source)
  try {
    return await readWatched(watched, {
      limits,
      watch,
      verify,
      completed,
      ...(place === undefined ? {} : { place: watch.place(place) }),
    })
  } finally {
    watched.done()
  }
}

/** The same for a source and a place that are under watch already. */
export async function readWatched(
  source: ByteSource,
  { completed, ...context }: ReadContext,
): Promise<Checkpoint> {
  const checkpoint = await readStructure(source, context)
  return completed === undefined ? checkpoint : completed(checkpoint, { main: source, place: context.place })
}

async function readStructure(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const { place } = context
  try {
    if (place === undefined) return await readFile(source, context)
    if (place.openUnlisted !== undefined && context.verify !== true) {
      const weights = readFile(source, context)
      const [checkpoint, sideFiles] = await together([
        weights,
        readUnlistedSideFiles(place, context, weights),
      ])
      return withSideFiles(checkpoint, sideFiles)
    }
    // Neither waits for the other: at a distance they are one round.
    const side = readSideFiles(place, context)
    const [checkpoint, sideFiles] = await together([readFile(source, { ...context, side }), side])
    return withSideFiles(checkpoint, sideFiles)
  } catch (error) {
    throw isSdinspectError(error) ? error.within({ file: source.name }) : error
  }
}

async function readFile(file: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const source = near(formats, file)
  return withShardNote(await readFileOf(formats, source, context), source.name)
}

/** One shard is no whole model, which its name alone tells. */
function withShardNote(checkpoint: Checkpoint, path: string): Checkpoint {
  const shard = shardName(fileName(path))
  if (shard === undefined || shard.of < 2 || checkpoint.files.length !== 1) return checkpoint
  const note = finding('shards/one-of-several', { number: shard.number, of: shard.of })
  return { ...checkpoint, findings: [...checkpoint.findings, note] }
}

/** A format of several files has put them where they belong already. */
function withSideFiles(checkpoint: Checkpoint, { side, files, findings }: SideFilesRead): Checkpoint {
  const hasOwn =
    checkpoint.files.some((file) => file.role === 'config') ||
    checkpoint.findings.some((finding) => finding.rule === 'config/unreadable')
  if (hasOwn) return checkpoint
  return {
    ...checkpoint,
    side,
    files: [...checkpoint.files, ...files],
    findings: [...checkpoint.findings, ...findings],
  }
}
