import { describe, expect, test } from 'vitest'
import { readSideFiles } from '../../src/formats/side-files.ts'
import { defaultLimits } from '../../src/limits.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'

const of = async (files: Record<string, string | object>, verify = false) => {
  const bytes = Object.entries(files).map(
    ([name, content]) =>
      [
        name,
        new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
      ] as const,
  )
  const { findings } = await readSideFiles(memoryPlace(new Map(bytes)), { limits: defaultLimits, verify })
  return findings.map(({ level, rule, args, file }) => ({ level, rule, args, file }))
}
const findingsOf = (config: object) => of({ 'config.json': config })

describe('code that config.json names', () => {
  test('is said, beside the weights, of another repository, and of pipelines', async () => {
    const found = await findingsOf({
      auto_map: {
        AutoConfig: 'configuration_x.XConfig',
        AutoTokenizer: ['tok.Slow', null],
        AutoModel: 'a/b--m.X',
      },
      custom_pipelines: { x: { impl: 'pipe.Own', pt: ['AutoModel'] } },
    })
    expect(found).toEqual([
      {
        level: 'info',
        rule: 'security/model-code',
        args: { what: 'own', names: ['configuration_x.XConfig', 'tok.Slow', 'a/b--m.X', 'pipe.Own'] },
        file: 'config.json',
      },
    ])
  })

  test.each([
    {},
    { auto_map: {} },
    { auto_map: 'a' },
    { auto_map: { AutoModel: 7 } },
    { custom_pipelines: [] },
  ])('is none in %j', async (config) => expect(await findingsOf(config)).toEqual([]))
})

// transformers 5.24: AutoTokenizer and AutoProcessor look at these, generation/utils.py at the last.
test.each([
  'tokenizer_config.json',
  'processor_config.json',
  'preprocessor_config.json',
  'video_preprocessor_config.json',
])('code that %s names is said where the weights are checked', async (file) => {
  const files = { [file]: { auto_map: { AutoProcessor: 'own.Processor' } } }
  expect(await of(files)).toEqual([])
  expect(await of(files, true)).toEqual([
    { level: 'info', rule: 'security/model-code', args: { what: 'own', names: ['own.Processor'] }, file },
  ])
})

test('code that older versions of transformers run unasked is a warning', async () => {
  const file = 'custom_generate/generate.py'
  expect(await of({ 'config.json': {}, [file]: '' }, true)).toEqual([
    {
      level: 'warning',
      rule: 'security/model-code',
      args: { what: 'unasked', names: [file], library: 'transformers' },
      file,
    },
  ])
  expect(await of({ 'config.json': {}, 'custom_generate/notes.py': '' }, true)).toEqual([])
  const kernels = { attn_implementation: { text: 'a/b@v1:f', vision: 'kernels-community/flash-attn2' } }
  expect(await findingsOf(kernels)).toEqual([
    {
      level: 'warning',
      rule: 'security/model-code',
      args: { what: 'kernel', names: ['a/b@v1:f'] },
      file: 'config.json',
    },
  ])
  expect(await findingsOf({ attn_implementation: 'flash_attention_2' })).toEqual([])
})

// What transformers 5.24 does with each (modeling_utils.py, _get_resolved_checkpoint_files).
test.each([
  ['own.safetensors', 'info', 'loaded'],
  ['./own.safetensors', 'info', 'loaded'],
  ['other.safetensors', 'error', 'missing'],
  ['../own.safetensors', 'error', 'outside'],
  ['/own.safetensors', 'error', 'outside'],
  ['own.bin', 'error', 'ending'],
])('weights that config.json names as %s: %s', async (named, level, what) => {
  const files = { 'own.safetensors': '', 'own.bin': '', 'config.json': { transformers_weights: named } }
  expect(await of(files)).toEqual([
    { level, rule: 'config/weights-file', args: { named, what }, file: 'config.json' },
  ])
})

// transformers 5.24 ends at all of these but the second, of which it takes the last.
test.each(['\ufeff{}', '{"a":1,"a":2}', '{} // c', '{"a":1,}', '[]', "{'a':1}"])(
  'config.json of %j is an error beside weights of transformers, and no more than a warning beside others',
  async (text) => {
    const found = async (weights: string) =>
      (await of({ 'config.json': text, [weights]: '' })).map(({ level, rule }) => `${level} ${rule}`)
    for (const name of ['model.safetensors', 'pytorch_model-00001-of-00002.bin', 'adapter_model.bin'])
      expect(await found(name)).toEqual(['error config/unreadable'])
    expect(await found('best.pth')).toEqual(['warning config/unreadable'])
  },
)
