import type { orbaxFindings } from '../orbax.ts'
import type { Pages } from './page.ts'

export const orbaxPages: Pages<typeof orbaxFindings> = {
  'orbax/missing-array': {
    claim: 'Each array that _METADATA names is there',
    why: 'Orbax fails to restore the tree, or leaves the array out of it.',
    case: 'A folder of a checkpoint copied file by file, without its folders or without names that begin with a dot (.zarray).',
    fix: 'copy the whole folder again, or save the checkpoint again',
  },
  'orbax/other-shape': {
    claim: 'Each array has the shape that _METADATA says',
    why: 'What is restored is another array than was saved.',
    case: 'An array of another step copied over the one that was there.',
    fix: 'save the checkpoint again',
  },
  'orbax/types-elsewhere': {
    claim: 'Element types and values are in files that are read',
    why: 'Names and shapes are in _METADATA; types and values are not, where arrays are kept in one database for all of them (OCDBT).',
    case: 'What Orbax writes unless it is told use_ocdbt=False.',
    fix: 'restore it with orbax.checkpoint, and save it as safetensors, or with use_ocdbt=False, to see its types',
  },
}
