import type { shardIndexFindings } from '../shard-index.ts'
import type { Pages } from './page.ts'

export const shardIndexPages: Pages<typeof shardIndexFindings> = {
  'index/missing-shard': {
    claim: 'Every shard that the index names is there',
    why: 'Loaders leave the weights of a shard that is not there uninitialised, and start all the same.',
    case: 'An index that named shards that were not on disk: the server booted and answered garbage (sgl-project/sglang PR #32279).',
    fix: 'download the missing shards',
  },
  'index/missing-tensor': {
    claim: 'Every tensor that the index names is in some shard',
    why: 'What the index promises and no shard holds is never loaded.',
    case: 'An index mapped mtp.fc.weight to a shard that lacked it: 1,199 names, 1,198 tensors (huggingface/huggingface_hub #4725).',
    fix: 'download the shard again, or write the index again from the shards',
  },
  'index/shadowed': {
    claim: 'No single file beside an index hides its shards',
    why: 'from_pretrained of transformers looks for model.safetensors first: a file left from another save is loaded in place of the shards, and what it lacks starts at random.',
    case: 'A stray 4-bit model.safetensors beside the shards of the model was what loaded (Blaizzy/mlx-vlm #1329).',
    fix: 'delete the one of the two that is of another save',
  },
  'index/stray-shard': {
    claim: 'No shard of the same set stands beside those of the index',
    why: 'A shard left from another save is loaded by tools that take every file of the folder.',
    case: 'A stray 4-bit file stood next to bf16 shards (Blaizzy/mlx-vlm PR #1464).',
    fix: 'delete what is left of another save, or write the index again',
  },
  'index/total-parameters': {
    claim: 'total_parameters of the index fits its shards',
    why: 'It is shown as the size of the model. More than the shards hold is right only for packed weights.',
    case: 'A hub page showed 333,312 parameters for a model of 7.6 billion, from a wrong number in metadata (huggingface/huggingface_hub #4221).',
    fix: 'write the index again from the shards',
  },
  'index/total-size': {
    claim: 'total_size of the index is the size of its tensors',
    why: 'Tools plan memory and check downloads by it; a wrong one says the index is of another save.',
    case: 'An index listed 30 shards where 15 had been shipped (Neph0s/CoSER #3).',
    fix: 'write the index again from the shards',
  },
  'index/unlisted-tensor': {
    claim: 'The index names every tensor of its shards',
    why: 'Loaders that go by the index leave the others out without a word: a part of the model keeps its initial values.',
    case: 'A rewritten index left out 31 tensors that were in the shards (osaurus-ai/vmlx-swift PR #388).',
    fix: 'write the index again from the shards',
  },
  'index/wrong-shard': {
    claim: 'Every tensor is in the shard the index says',
    why: 'Loaders that open only the shard they need do not find the tensor.',
    case: 'A 3-way diagnosis of one missing tensor (JustVugg/colibri PR #1487).',
    fix: 'write the index again from the shards',
  },
}
