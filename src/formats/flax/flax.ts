import type { Format } from '../format.ts'

/** Checkpoints of Flax, as `flax.serialization.to_bytes` and transformers write them. */
export const flax: Format = {
  id: 'flax',
  title: 'Flax (msgpack)',
  family: 'flax',
  endings: ['.msgpack'],
  keeps: { versions: false, tiedNames: true },
  detect: beginsAsTree,
  async read(source, context) {
    const { readFlax } = await import('./read-flax.ts')
    return readFlax(source, context)
  },
}

/** A map whose first key is a text, and in it another map or an array. */
function beginsAsTree(head: Uint8Array): boolean {
  const first = head[0] ?? 0
  const at = first > 0x80 && first < 0x90 ? 1 : first === 0xde ? 3 : first === 0xdf ? 5 : 0
  const key = head[at] ?? 0
  if (at === 0 || key <= 0xa0 || key >= 0xc0) return false
  const end = at + 1 + (key & 0x1f)
  const name = head.subarray(at + 1, end)
  const next = head[end] ?? 0
  const isContainer =
    (next >= 0x80 && next < 0x90) || next === 0xde || next === 0xdf || (next >= 0xc7 && next <= 0xc9)
  return isContainer && name.every((byte) => byte >= 0x20 && byte < 0x7f)
}
