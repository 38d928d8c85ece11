import { entry } from './entry.ts'
import { counted, nameList } from './name-list.ts'

export const shardIndexFindings = {
  'index/missing-shard': entry({
    ofIndex: true,
    level: 'error',
    message: ({ shards }: { shards: readonly string[] }) =>
      `${counted(shards, 'a shard is', 'shards are')} missing: ${nameList(shards)}`,
    fixOf: ({ shards }) => (shards.length === 1 ? 'download it' : 'download them'),
    about: ['key'],
  }),
  'index/missing-tensor': entry({
    ofIndex: true,
    level: 'error',
    message: ({ tensors, shard }: { tensors: readonly string[]; shard: string }) =>
      `the index puts ${counted(tensors, 'a tensor', 'tensors')} in ${shard}, and no shard holds ${tensors.length === 1 ? 'it' : 'them'}: ${nameList(tensors)}`,
    fixOf: 'download the shard again, or write the index again from the shards',
    about: ['key'],
  }),
  'index/shadowed': entry({
    ofIndex: true,
    level: 'error',
    message: ({ file, lacks }: { file: string; lacks: readonly string[] }) =>
      `${file} stands beside the index, and loaders of transformers take it and not the shards: it lacks ${counted(lacks, 'a tensor', 'tensors')} that the index names: ${nameList(lacks)}`,
    fixOf: 'delete the one of the two that is of another save',
    about: ['file'],
  }),
  'index/stray-shard': entry({
    ofIndex: true,
    level: 'warning',
    message: ({ shards, leftOut }: { shards: readonly string[]; leftOut: boolean }) =>
      `${counted(shards, 'a shard is', 'shards are')} in the folder and not in the index${leftOut ? ', and of its own set' : ''}: ${nameList(shards)}; loaders leave ${shards.length === 1 ? 'its' : 'their'} tensors out`,
    // The index names the others of the same number: this one was forgotten, and is no other save's.
    levelOf: ({ leftOut }) => (leftOut ? 'error' : 'warning'),
    fixOf: ({ leftOut }) =>
      leftOut
        ? 'write the index again from all shards'
        : 'delete what is left of another save, or write the index again',
  }),
  'index/total-parameters': entry({
    ofIndex: true,
    level: 'warning',
    message: ({ said, held }: { said: string; held: number | null }) =>
      held === null
        ? `total_parameters in the index is ${said}, expected a count`
        : `total_parameters in the index is ${said}, more than the ${held} elements the shards hold`,
    // Quantised models count the weights that packed bytes stand for, so more is no fault by itself.
    levelOf: ({ held }) => (held === null ? 'warning' : 'info'),
    about: ['key'],
  }),
  'index/total-size': entry({
    ofIndex: true,
    level: 'warning',
    message: ({ said, held }: { said: string; held: number }) =>
      `total_size in the index is ${said}, and the tensors of the shards hold ${held} bytes`,
    fixOf: 'write the index again from the shards',
    about: ['key'],
  }),
  'index/unlisted-tensor': entry({
    ofIndex: true,
    level: 'error',
    message: ({ tensors }: { tensors: readonly string[] }) =>
      `holds ${counted(tensors, 'a tensor', 'tensors')} that the index does not name: ${nameList(tensors)}`,
    fixOf: 'loaders that go by the index leave them out: write the index again from the shards',
    about: ['file'],
  }),
  'index/wrong-shard': entry({
    ofIndex: true,
    level: 'error',
    message: ({ tensors, said, real }: { tensors: readonly string[]; said: string; real: string }) =>
      `the index puts ${counted(tensors, 'a tensor', 'tensors')} in ${said}, and ${tensors.length === 1 ? 'it is' : 'they are'} in ${real}: ${nameList(tensors)}`,
    fixOf: 'write the index again from the shards',
    about: ['key'],
  }),
}
