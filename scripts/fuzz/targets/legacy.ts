import { readFile } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

export const legacy: Target = {
  name: 'legacy',
  input: 'a file of torch before 1.6, a bare pickle or a tar of torch before 0.1.11',
  about: [
    'src/formats/torch/torch-legacy.ts',
    'src/formats/torch/torch-tar.ts',
    'src/formats/torch/pickle.ts',
    'src/formats/torch/archive/legacy-storages.ts',
    'src/formats/torch/archive/pickle-stream.ts',
    'src/codec/pickle',
  ],
  seeds: [
    'torch/torch-2.15/dtypes-legacy.pt',
    'torch/torch-2.15/views-legacy.pt',
    'torch/torch-1.13/views-legacy.pt',
    'values/*-legacy.pt',
    'hostile/pt/L*.pt',
    'torch/torch-2.15/arrays-*.pkl',
  ],
  run: (input) => readFile(input, 'model.pt'),
}
