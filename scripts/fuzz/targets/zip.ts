import { readFile } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

export const zip: Target = {
  name: 'zip',
  input: 'a zip archive of torch',
  about: [
    'src/codec/zip',
    'src/codec/inflate.ts',
    'src/codec/crc32.ts',
    'src/formats/torch/archive/',
    'src/formats/torch/script/',
  ],
  seeds: [
    'hostile/pt/*.pt',
    'torch/torch-2.15/deflated.pt',
    'torch/torch-2.15/extra-state.pt',
    'torch/scripted.ts.pt',
    'torch/exported.pt2',
  ],
  run: (input) => readFile(input, 'model.pt'),
}
