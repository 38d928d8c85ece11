import type { folderFindings } from '../folder.ts'
import type { Pages } from './page.ts'

export const folderPages: Pages<typeof folderFindings> = {
  'folder/second-save': {
    claim: 'A folder holds the weights of its model once',
    why: 'Of model.safetensors, the shards of its index, pytorch_model.bin and the shards of its index, transformers loads the first that is there, and never consolidated files. What was trained or converted last may be another.',
    case: 'The size of a repository with consolidated.safetensors beside its shards was taken for that of the model, twice what it is (gpustack/gpustack #2257, sgl-project/sglang #33671).',
    fix: 'keep one of the two',
  },
  'folder/stale-save': {
    claim: 'What is not loaded by default holds what is loaded',
    why: 'Whoever loads the folder with another library, or another version of it, gets another model.',
    case: 'pytorch_model.bin of a first upload stays beside model.safetensors of the second, and loaders that know no safetensors answer with the old weights.',
    fix: 'delete the one that is of an older save',
  },
}
