import type { Format } from '../format.ts'
import { has } from '../signature.ts'

/** One array, as `numpy.save` writes it. */
export const npy: Format = {
  id: 'npy',
  title: 'NumPy array',
  family: 'numpy',
  endings: ['.npy'],
  keeps: { versions: false, tiedNames: true },
  detect: has('\x93NUMPY'),
  async read(source, context) {
    const { readNpy } = await import('./read-npy.ts')
    return readNpy(source, context)
  },
}
