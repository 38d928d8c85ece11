import type { Format } from '../format.ts'

const ending = '.npy'
const localHeader = 'PK\x03\x04'

/** Several arrays in a zip archive, as `numpy.savez` and `mlx.core.savez` write them. */
export const npz: Format = {
  id: 'npz',
  title: 'NumPy archive',
  family: 'numpy',
  endings: ['.npz'],
  isArchive: true,
  keeps: { versions: false, tiedNames: true },
  fetch: 'both-ends',
  detect: beginsWithAnArray,
  async read(source, context) {
    const { readNpz } = await import('./read-npz.ts')
    return readNpz(source, context)
  },
}

/** By the names in the local headers that are among the first bytes: what is no array may come first. */
function beginsWithAnArray(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head)
  if (!text.startsWith(localHeader)) return false
  for (let at = 0; at >= 0; at = text.indexOf(localHeader, at + 1)) {
    const length = text.charCodeAt(at + 26) + 256 * text.charCodeAt(at + 27)
    const name = text.slice(at + 30, at + 30 + length)
    if (name.length === length && name.endsWith(ending)) return true
  }
  return false
}
