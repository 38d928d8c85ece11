import { parseJson } from '../codec/json.ts'
import { SdinspectError } from '../errors.ts'
import { withinLimit } from '../limits.ts'
import { fileName } from '../source/file-name.ts'
import type { Format } from './format.ts'
import { isShardIndex } from './shard-index.ts'
import { readIndexed } from './sharded.ts'

/** JSON of any of the forms sdinspect reads, told apart by their content. */
export const json: Format = {
  id: 'json',
  title: 'JSON',
  extensions: ['.json'],
  detect: looksLikeJson,
  async read(source, context) {
    withinLimit(context.limits, 'jsonBytes', source.size, 'the size of the JSON document in bytes')
    const bytes = await source.read(0, source.size)
    const document = parseJson(bytes, { what: 'the document', limits: context.limits, lines: true })
    const name = fileName(source.name)
    if (document instanceof Map && isShardIndex(document)) {
      withinLimit(context.limits, 'indexBytes', source.size, 'the size of the index in bytes')
      return readIndexed(document, { name, bytes: source.size }, context)
    }
    throw new SdinspectError('format/unknown', 'the JSON document is none of the forms sdinspect reads')
  },
}

/** An object or list in text: white space, `{` or `[`, and no control characters in sight. */
function looksLikeJson(head: Uint8Array): boolean {
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf
  let at = hasMark ? 3 : 0
  while (isSpace(head[at])) at++
  if (head[at] !== 0x7b && head[at] !== 0x5b) return false
  return head.subarray(at).every((byte) => byte >= 0x20 || isSpace(byte))
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
