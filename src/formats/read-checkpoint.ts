import { isSdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import { fileName } from '../source/file-name.ts'
import type { ByteSource } from '../source/source.ts'
import { Watch, type WatchOptions } from '../source/watch.ts'
import type { ReadContext } from './format.ts'
import { detectFormat, formats, headBytes } from './index.ts'
import { nameNote } from './name-note.ts'
import { shardName } from './shards/shard-name.ts'
import { readSideFiles } from './side-files.ts'

/**
 * Reads a file of any format, and the configuration files beside it where there is a folder. Does not close
 * the source.
 *
 * @throws SdinspectError with the file it is about; the signal's reason when that ends it
 */
export async function readCheckpoint(
  source: ByteSource,
  { limits, place, ...options }: Omit<ReadContext, 'watch'> & WatchOptions,
): Promise<Checkpoint> {
  const watch = new Watch(options)
  const watched = watch.source(source)
  try {
    return await readWatched(watched, {
      limits,
      watch,
      ...(place === undefined ? {} : { place: watch.place(place) }),
    })
  } finally {
    watched.done()
  }
}

/** The same for a source and a place that are under watch already. */
export async function readWatched(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  try {
    const head = await source.read(0, Math.min(headBytes, source.size))
    const format = detectFormat(head, source)
    const note = nameNote(formats, format, source.name)
    const checkpoint = withShardNote(withNote(await format.read(source, context), note), source.name)
    return context.place === undefined ? checkpoint : await withSideFiles(checkpoint, context)
  } catch (error) {
    throw isSdinspectError(error) ? error.within({ file: source.name }) : error
  }
}

function withNote(checkpoint: Checkpoint, note: Finding | null): Checkpoint {
  return note === null ? checkpoint : { ...checkpoint, findings: [...checkpoint.findings, note] }
}

/** One shard is no whole model, which its name alone tells. */
function withShardNote(checkpoint: Checkpoint, path: string): Checkpoint {
  const shard = shardName(fileName(path))
  if (shard === undefined || shard.of < 2 || checkpoint.files.length !== 1) return checkpoint
  return withNote(checkpoint, finding('shards/one-of-several', { number: shard.number, of: shard.of }))
}

/** A format of several files has read its own side files already. */
async function withSideFiles(checkpoint: Checkpoint, { place, limits }: ReadContext): Promise<Checkpoint> {
  const hasOwn =
    checkpoint.files.some((file) => file.role === 'config') ||
    checkpoint.findings.some((finding) => finding.rule === 'config/unreadable')
  if (place === undefined || hasOwn) return checkpoint
  const { side, files, findings } = await readSideFiles(place, limits)
  return {
    ...checkpoint,
    side,
    files: [...checkpoint.files, ...files],
    findings: [...checkpoint.findings, ...findings],
  }
}
