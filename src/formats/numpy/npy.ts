import { fileName } from '../../source/file-name.ts'
import type { Format } from '../format.ts'
import { isArray } from './array-header.ts'
import { assemble } from './assemble.ts'

/** The name that `numpy.savez` gives an array without one. */
const name = 'arr_0'

/** One array, as `numpy.save` writes it. */
export const npy: Format = {
  id: 'npy',
  title: 'NumPy array',
  family: 'numpy',
  endings: ['.npy'],
  keeps: { versions: false, tiedNames: true },
  detect: isArray,
  async read(source, { limits }) {
    const file = fileName(source.name)
    const { size } = source
    const array = {
      name,
      file,
      bytes: size,
      chunk: { file, offset: 0, length: size },
      head: (count: number) => source.read(0, Math.min(count, size)),
    }
    return assemble('npy', [array], { name: file, bytes: size }, limits)
  },
}
