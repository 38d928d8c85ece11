import type { Checkpoint } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { ByteSource } from '../source/source.ts'
import { detectAmong, headBytes } from './detect.ts'
import type { Format, ReadContext } from './format.ts'
import { formatByName, nameNote } from './name-note.ts'
import { withPartFindings } from './shards/split.ts'
import { withStatedShapes } from './stated-shapes.ts'

/**
 * Reads a file that is of one of `formats`, and says where its name is that of another.
 *
 * @throws SdinspectError as {@link detectAmong}, and what the format finds wrong
 */
export async function readFileOf(
  formats: readonly Format[],
  source: ByteSource,
  context: ReadContext,
): Promise<Checkpoint> {
  const format = await formatAmong(formats, source, context)
  const note = nameNote(formats, format, source.name)
  const read = withPartFindings(await format.read(source, context), source.name)
  const checkpoint = await withStatedShapes(read, source, context.limits)
  if (note === null) return checkpoint
  const concealed = await concealedIn(formats, source, context)
  return { ...checkpoint, findings: [...checkpoint.findings, note, ...concealed] }
}

/** Pickles have no magic: a file that nothing claims is looked at again before its name decides. */
async function formatAmong(
  formats: readonly Format[],
  source: ByteSource,
  { limits }: ReadContext,
): Promise<Format> {
  const head = await source.read(0, Math.min(headBytes, source.size))
  if (!formats.some((format) => format.detect(head, source.size)))
    for (const format of formats) if (await format.hides?.(source, limits)) return format
  return detectAmong(formats, head, source)
}

/**
 * What is dangerous in a file to those who load it by its name: a file can be of two formats at once, as one of
 * safetensors whose header is a text to a pickle.
 */
async function concealedIn(
  formats: readonly Format[],
  source: ByteSource,
  context: ReadContext,
): Promise<readonly Finding[]> {
  const family = formatByName(formats, source.name)?.format.family
  for (const format of formats)
    if (format.family === family && (await format.hides?.(source, context.limits)))
      return (await format.read(source, context)).findings.filter(({ rule }) => rule.startsWith('security/'))
  return []
}
