import type { shardsFindings } from '../shards.ts'
import type { Pages } from './page.ts'

export const shardsPages: Pages<typeof shardsFindings> = {
  'shards/broken': {
    claim: 'Every shard can be read',
    why: 'One broken shard is a part of the model that is not there.',
    case: 'A shard with a valid header and other bytes than its SHA-256 promised gave silently wrong output (vllm-project/vllm PR #53537).',
    fix: 'download the shard again',
  },
  'shards/copy': {
    claim: 'No file is the second copy of another',
    why: 'A browser that downloads a file again calls it model (1).safetensors. Nothing loads it, and which of the two is whole cannot be seen.',
    case: 'Folders with model-00002-of-00004 (1).safetensors beside the shard itself.',
    fix: 'delete the copy',
  },
  'shards/disagreeing-totals': {
    claim: 'All shards are of one save',
    why: 'Shards that count to different totals come from two saves, and their tensors from two models.',
    case: 'Blaizzy/mlx-vlm PR #1464: files of two conversions in one folder.',
    fix: 'keep the shards of one save',
  },
  'shards/duplicate-tensor': {
    claim: 'Every tensor is in one shard only',
    why: 'Of two tensors with one name, loaders take the one they happen to read last.',
    case: 'Shards of two saves in one folder (Blaizzy/mlx-vlm PR #1464).',
    fix: 'delete the shard that does not belong here',
  },
  'shards/hard-link': {
    claim: 'Every shard is a file of its own',
    why: 'A shard with another name elsewhere on the disk changes when that one is changed in place. Caches link files on purpose.',
    case: 'Package managers and the caches of model hubs make hard links.',
    fix: 'copy the files if somebody may write to the other name',
  },
  'shards/incomplete': {
    claim: 'By their names, all shards of the set are there',
    why: 'The name of a shard says how many there are; one that is missing leaves weights uninitialised.',
    case: 'The index said 30 shards and 15 were shipped (Neph0s/CoSER #3).',
    fix: 'download the missing shards',
  },
  'shards/stated-tensors': {
    claim: 'The parts of a set hold as many tensors as each says they do',
    why: 'llama.cpp counts them and refuses the model where they are more or fewer.',
    case: 'Parts of two conversions of one model in one folder (`split.tensors.count` of GGUF).',
    fix: 'fetch the parts again, all from one place',
  },
  'shards/no-index': {
    claim: 'Shards that transformers is to load have an index',
    why: 'from_pretrained looks for a single file or for an index, and for no shards by themselves. Loaders that take every file of the folder do without.',
    case: 'A download of *.safetensors alone: "no file named model.safetensors, or pytorch_model.bin, found in directory".',
    fix: 'download the index, or save the model again with save_pretrained',
  },
  'shards/one-of-several': {
    claim: 'The whole model is looked at, not one shard of it',
    why: 'What is said of one shard is not said of the model, and rules about the whole model are passed over.',
    case: 'pre-commit hands a long list of files to several processes, and each sees some of the shards.',
    fix: 'give the index, the folder or all shards',
  },
}
