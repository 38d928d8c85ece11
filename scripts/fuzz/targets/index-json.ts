import { readdirSync, readFileSync } from 'node:fs'
import { readFolder } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

const folder = 'fixtures/torch-sharded'
const shards = new Map(
  readdirSync(folder).flatMap((name): [string, Uint8Array][] =>
    name.endsWith('.bin') ? [[name, readFileSync(`${folder}/${name}`)]] : [],
  ),
)

/** An index beside the shards that a sound one names. */
export const index: Target = {
  name: 'index',
  input: 'a `*.index.json` beside two shards',
  about: [
    'src/formats/shards/',
    'src/codec/json.ts',
    'src/codec/json-reader.ts',
    'src/codec/json-scanner.ts',
  ],
  seeds: ['torch-sharded/pytorch_model.bin.index.json', 'bart-sharded/model.safetensors.index.json'],
  run: (input) => readFolder(new Map([...shards, ['pytorch_model.bin.index.json', input]])),
}
