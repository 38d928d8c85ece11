import type { ByteSource } from '../source/source.ts'
import { detectAmong } from './detect.ts'
import type { Format } from './format.ts'
import { json } from './json/json.ts'
import { weightFormats } from './weight-formats.ts'

export { headBytes } from './detect.ts'

/** Every format, the ones that are surest of themselves first. */
export const formats: readonly Format[] = [...weightFormats, json]

/** The format that a checkpoint says it is of; undefined where it has parts of several. */
export function formatOf(id: string): Format | undefined {
  return formats.find((format) => format.id === id || format.kinds?.includes(id))
}

/** Whether what was read of a checkpoint of this format has checksums of its own (`Format.isArchive`). */
export function hasChecksums(id: string): boolean {
  const kinds = formatOf(id)?.isArchive
  return kinds === true || kinds?.includes(id) === true
}

/**
 * The format a file claims to be of: see {@link detectAmong}.
 *
 * @throws SdinspectError `format/empty`, `format/pointer`, `format/web-page`, `unsupported/format`, `format/unknown`
 */
export function detectFormat(head: Uint8Array, source: ByteSource): Format {
  return detectAmong(formats, head, source)
}
