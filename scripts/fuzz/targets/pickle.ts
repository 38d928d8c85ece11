import { zipBytes } from '../../../test/codec/zip-bytes.ts'
import { storageBytes } from '../../differential/pickle/grammar.ts'
import { readFile } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

/** The `data.pkl` of an archive whose storages are those of the grammar. */
export const pickle: Target = {
  name: 'pickle',
  input: 'the `data.pkl` of an archive with four storages',
  about: [
    'src/codec/pickle',
    'src/formats/torch/evaluate/',
    'src/formats/torch/objects/',
    'src/formats/torch/rebuild/',
    'src/formats/torch/safety/',
  ],
  seeds: ['torch/pickles/sample.json.gz'],
  run(input) {
    const storages = [...storageBytes].map(([key, bytes]) => ({
      name: `a/data/${key}`,
      data: new Uint8Array(bytes),
    }))
    const file = zipBytes([
      { name: 'a/data.pkl', data: input },
      { name: 'a/version', data: '3\n' },
      ...storages,
    ])
    return readFile(file, 'model.pt')
  },
}
