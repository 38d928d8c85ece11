import type { Format } from '../format.ts'

/** JSON of any of the forms in docs/json.md, told apart by their content. */
export const json: Format = {
  id: 'json',
  title: 'JSON',
  family: 'json',
  endings: ['.json'],
  keeps: { versions: false, tiedNames: true },
  findIn: () => [],
  fetch: 'all',
  detect: looksLikeJson,
  async read(source, context) {
    const { readJson } = await import('./read-json.ts')
    return readJson(source, context)
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
