import type { Checkpoint } from '../../model/checkpoint.ts'
import { fileName } from '../../source/file-name.ts'
import type { Format } from '../format.ts'
import { has } from '../signature.ts'

/** Files of HDF5: weights of Keras, and whatever else keeps arrays in groups. */
export const hdf5: Format = {
  id: 'hdf5',
  title: 'HDF5',
  family: 'hdf5',
  endings: ['.h5', '.hdf5', '.hdf', '.he5'],
  keeps: { versions: false, tiedNames: true },
  detect: has('\x89HDF\r\n\x1a\n'),
  async read(source, { limits }): Promise<Checkpoint> {
    const { checkpointOf } = await import('./checkpoint.ts')
    const file = fileName(source.name)
    return checkpointOf('hdf5', source, limits, {
      file,
      bytes: source.size,
      chunk: (offset, length) => ({ file, offset, length }),
    })
  },
}
