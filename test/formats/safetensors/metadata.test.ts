import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { declaredAliases } from '../../../src/formats/aliases.ts'
import { safetensors } from '../../../src/formats/safetensors/safetensors.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { entry, safetensorsBytes } from '../../helpers/safetensors-bytes.ts'

const tensors = { 'wte.weight': entry('F32', [3, 2], 0, 24), pt: entry('F32', [1], 24, 28) }
const read = (metadata: Record<string, string>) =>
  safetensors.read(memorySource(safetensorsBytes({ header: { __metadata__: metadata, ...tensors } })), {
    limits: defaultLimits,
  })

describe('the metadata of a safetensors file', () => {
  it('is kept as it stands, in order', async () => {
    const { metadata } = await read({ z: '1', '2': 'two', a: '{"x":1}' })
    expect([...metadata]).toEqual([
      ['2', 'two'],
      ['z', '1'],
      ['a', '{"x":1}'],
    ])
  })

  it.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ license: 'mit' }, null],
    [{ format: 'pt' }, 'PyTorch (format pt)'],
    [{ format: 'flax' }, 'Flax (format flax)'],
    [{ format: 'mlx' }, 'MLX (format mlx)'],
    [{ format: 'own' }, 'format own'],
    [{ ss_network_module: 'networks.lora', ss_network_dim: '4' }, 'kohya sd-scripts (networks.lora)'],
    [{ ss_network_dim: '4', 'modelspec.sai_model_spec': '1.0.0' }, 'kohya sd-scripts'],
    [
      { 'modelspec.sai_model_spec': '1.0.1', 'modelspec.implementation': 'diffusers' },
      'ModelSpec 1.0.1 (diffusers)',
    ],
    [{ auto_gptq_version: '0.4.2', format: 'pt' }, 'AutoGPTQ (0.4.2)'],
    [{ format: 'pt', tensor_names: '["a"]' }, 'transformers with torchao'],
    [
      { format: 'pt', DCP_VERSION: '1.0', DCP_SHARDING_INFO: '{}' },
      'torch.distributed.checkpoint, Hugging Face writer (1.0)',
    ],
  ])('names the writer: %j', async (metadata, producer) => {
    expect((await read(metadata)).producer).toBe(producer)
  })

  it('declares the names of tied tensors the writer left out, which are entries of the state dict too', async () => {
    // What safetensors.torch.save_model writes for a model with a tied lm_head.
    const { stateDicts } = await read({ format: 'pt', 'lm_head.weight': 'wte.weight' })
    const [stateDict] = stateDicts
    expect([...(stateDict?.facts.aliases ?? [])]).toEqual([['lm_head.weight', 'wte.weight']])
    const [kept, , alias] = stateDict?.tensors ?? []
    expect(stateDict?.tensors.map(({ name }) => name)).toEqual(['wte.weight', 'pt', 'lm_head.weight'])
    expect(alias).toEqual({ ...kept, name: 'lm_head.weight', tiedTo: 'wte.weight' })
  })

  it.each<[string, Record<string, string>]>([
    ['a key that is a tensor itself', { 'wte.weight': 'pt' }],
    ['a value that is no tensor', { 'lm_head.weight': 'wte.bias' }],
    ['the format, of a file that has a tensor called pt', { format: 'pt' }],
    ['keys of ModelSpec and kohya', { 'modelspec.title': 'pt', ss_output_name: 'pt', sshs_model_hash: 'pt' }],
    ['a title', { title: 'pt', author: 'wte.weight' }],
    ['an empty key', { '': 'wte.weight' }],
  ])('declares nothing by %s', async (_, metadata) => {
    const { stateDicts } = await read(metadata)
    expect(stateDicts[0]?.facts.aliases).toBeUndefined()
    expect(stateDicts[0]?.tensors).toHaveLength(2)
  })
})

it('takes no setting for a name that was left out, where tensors are called by numbers', () => {
  const has = (name: string) => ['0', '1', 'list.0'].includes(name)
  const metadata = new Map([
    ['rank', '0'],
    ['num_layers', '1'],
    // A list of tensors of which two are one, as save_model writes it.
    ['2', '1'],
    ['more.0', '0'],
    ['other.0', 'list.0'],
  ])
  expect([...declaredAliases(metadata, has).keys()]).toEqual(['2', 'more.0', 'other.0'])
})

describe('files of real writers', () => {
  const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url))
  interface Truth {
    readonly entries: readonly {
      readonly name: string
      readonly dtype: string
      readonly shape: readonly number[]
    }[]
  }
  it.each([
    ['cnn', 'cnn.safetensors'],
    ['vit-bf16', 'vit-bf16.safetensors'],
    ['kohya_lora', 'kohya_lora.safetensors'],
    ['bert', 'bert/model.safetensors'],
    ['lora', 'lora/adapter_model.safetensors'],
    ['gptq', 'gptq/model.safetensors'],
  ])('have the entries of the live model: %s', async (_, file) => {
    const truthFile = file.includes('/') ? (file.split('/')[0] as string) : file
    const truth = JSON.parse(fixture(`${truthFile}.truth.json`).toString()) as Truth
    const { stateDicts } = await safetensors.read(memorySource(fixture(file), file), {
      limits: defaultLimits,
    })
    const sorted = (entries: readonly { name: string; dtype: string | null; shape: readonly number[] }[]) =>
      entries.map(({ name, dtype, shape }) => `${name} ${dtype} ${JSON.stringify(shape)}`).sort()
    expect(sorted([...(stateDicts[0]?.tensors ?? [])])).toEqual(sorted(truth.entries))
  })
})
