import { readFileSync } from 'node:fs'
import { readFolder } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

const folder = 'fixtures/values/dcp'
const blobs = ['__0_0', '__1_0', '__2_0', '__3_0'].map((name): [string, Uint8Array] => [
  `${name}.distcp`,
  readFileSync(`${folder}/${name}.distcp`),
])

/** What torch.distributed.checkpoint writes of a checkpoint, beside the files of a sound one. */
export const distributed: Target = {
  name: 'dcp',
  input: 'the `.metadata` of a torch.distributed.checkpoint folder, beside its data',
  about: ['src/formats/torch/distributed/', 'src/formats/torch/pickle.ts'],
  seeds: ['values/dcp/.metadata', 'torch/dcp/.metadata'],
  run: (input) => readFolder(new Map([...blobs, ['.metadata', input]])),
}
