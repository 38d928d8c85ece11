import { readAhead } from '../source/read-ahead.ts'
import type { ByteSource } from '../source/source.ts'
import { headBytes } from './detect.ts'
import type { Format } from './format.ts'
import { formatByName } from './name-note.ts'

/** Of a file at a distance: the header of most files in one round, and a waste that nobody notices. */
const firstFarAway = 262_144
/** The directory of a zip archive of 3,000 entries, and its comment if it has one. */
export const lastFarAway = 262_144
/** A document of up to this size is fetched whole: the largest indexes in the wild are half of it. */
const wholeFarAway = 16_777_216

/**
 * The source with its first bytes kept, and what else the format that its name is of wants in the first round.
 *
 * @param expected bytes that the header probably has, where something says so
 */
export function near(formats: readonly Format[], source: ByteSource, expected?: number): ByteSource {
  if (source.remote === undefined) return readAhead(source, { first: headBytes })
  const format = formatByName(formats, source.name)?.format
  const fetch = format?.fetch
  const first = expected ?? format?.headerBytes ?? firstFarAway
  if (fetch === 'all' && source.size <= wholeFarAway) return readAhead(source, { first: source.size })
  return readAhead(source, { first, ...(fetch === 'both-ends' ? { last: lastFarAway } : {}) })
}
