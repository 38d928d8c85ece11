import type { Format } from '../format.ts'
import { publishedNames } from './published.ts'

/** Files of llama.cpp and what else is built on ggml. Reads the metadata and the list of tensors. */
export const gguf: Format = {
  id: 'gguf',
  title: 'GGUF',
  family: 'gguf',
  endings: ['.gguf'],
  isTrusted: true,
  keeps: { versions: false, tiedNames: false },
  published: publishedNames,
  detect: (head) => head[0] === 0x47 && head[1] === 0x47 && head[2] === 0x55 && head[3] === 0x46,
  async read(source, context) {
    const { readGguf } = await import('./read-gguf.ts')
    return readGguf(source, context)
  },
}
