import { parseJson } from '../../codec/json.ts'
import { SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { PlainMap } from '../../model/checkpoint.ts'
import type { Place } from '../../source/source.ts'

/** The JSON object in an index file. Whether it is a good index is for `shardIndex` to say. */
export async function readIndexDocument(
  place: Place,
  name: string,
  limits: Limits,
): Promise<{ readonly document: PlainMap; readonly bytes: number }> {
  const source = await place.open(name)
  try {
    withinLimit(limits, 'indexBytes', source.size, 'the size of the index in bytes')
    const bytes = await source.read(0, source.size)
    const document = parseJson(bytes, { what: 'the index', limits, lines: true })
    if (document instanceof Map && document.has('weight_map')) return { document, bytes: source.size }
    throw new SdinspectError(
      'format/malformed',
      'the index has no "weight_map" from tensor names to file names',
    )
  } finally {
    await source.close?.()
  }
}
