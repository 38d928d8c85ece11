import type { Format } from '../../format.ts'

/**
 * A tar archive with one file of torch in it, as NeMo keeps a model: `model_weights.ckpt` beside its configuration.
 *
 * @param formats what else may be in it
 */
export const tarOf = (formats: () => readonly Format[]): Format => ({
  id: 'tar',
  title: 'tar archive',
  family: 'tar',
  endings: ['.nemo'],
  isArchive: true,
  keeps: { versions: true, tiedNames: true },
  detect: (head) => String.fromCharCode(...head.subarray(257, 262)) === 'ustar',
  async read(source, context) {
    const { readTar } = await import('./read-tar.ts')
    return readTar(source, context, formats())
  },
})
