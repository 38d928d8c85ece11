import type { Format } from '../format.ts'
import { allOf, anyOf, has } from '../signature.ts'

/** Models of Keras 3: an archive with the configuration of the model and its weights. */
export const keras: Format = {
  id: 'keras',
  title: 'Keras archive',
  family: 'hdf5',
  endings: ['.keras'],
  isArchive: true,
  keeps: { versions: false, tiedNames: true },
  fetch: 'both-ends',
  detect: allOf(
    has('PK\x03\x04'),
    anyOf(has('metadata.json', 30), has('config.json', 30), has('model.weights.h5', 30)),
  ),
  async read(source, context) {
    const { readArchive } = await import('./read-archive.ts')
    return readArchive(source, context)
  },
}
