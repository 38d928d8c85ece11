import { describe, expect, test } from 'vitest'
import { headOf, modelTypeOf, modelTypes } from '../../src/check/structure/model-types.ts'
import type { DType } from '../../src/model/tensors/dtype.ts'
import { checked, findingTexts } from '../helpers/check.ts'
import { type Entries, plainMap, type Surrounding } from '../helpers/checkpoint.ts'

// What transformers 5.24 reports as missing, unexpected or mismatched when a checkpoint changed so is loaded.

const tensor = (...shape: number[]): readonly [DType, readonly number[]] => ['F32', shape]
const config = (values: Record<string, unknown>): Surrounding => ({ side: { config: plainMap(values) } })
const ofLlama = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 8,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 16,
  num_hidden_layers: 2,
  tie_word_embeddings: false,
}

/** A model of two layers as LlamaForCausalLM saves it. */
type Tensors = Record<string, readonly [DType, readonly number[]]>
function llama(change: (name: string) => string | null = (name) => name): Tensors {
  const layer = (number: number): [string, readonly [DType, readonly number[]]][] => [
    [`model.layers.${number}.input_layernorm.weight`, tensor(8)],
    [`model.layers.${number}.mlp.down_proj.weight`, tensor(8, 16)],
    [`model.layers.${number}.mlp.gate_proj.weight`, tensor(16, 8)],
    [`model.layers.${number}.mlp.up_proj.weight`, tensor(16, 8)],
    [`model.layers.${number}.post_attention_layernorm.weight`, tensor(8)],
    [`model.layers.${number}.self_attn.q_proj.weight`, tensor(8, 8)],
    [`model.layers.${number}.self_attn.k_proj.weight`, tensor(4, 8)],
    [`model.layers.${number}.self_attn.v_proj.weight`, tensor(4, 8)],
    [`model.layers.${number}.self_attn.o_proj.weight`, tensor(8, 8)],
  ]
  const all = [
    ['lm_head.weight', tensor(32, 8)] as const,
    ['model.embed_tokens.weight', tensor(32, 8)] as const,
    ['model.norm.weight', tensor(8)] as const,
    ...layer(0),
    ...layer(1),
  ]
  return Object.fromEntries(
    all.flatMap(([name, of]) => {
      const changed = change(name)
      return changed === null ? [] : [[changed, of]]
    }),
  )
}

const without = (part: string) => (name: string) => (name.includes(part) ? null : name)
const told = (entries: Entries, values: Record<string, unknown> = ofLlama): string[] =>
  findingTexts(checked(entries, config(values)))

describe('weights that transformers loads, none of which is where the class looks', () => {
  // LlamaForCausalLM.from_pretrained of transformers 5.24 reports all of them as missing and as unexpected.
  const loaded = (entries: Entries, values: Record<string, unknown> = ofLlama, name = 'model.safetensors') =>
    findingTexts(
      checked(entries, { ...config(values), files: [{ name, bytes: 1, role: 'weights' }] }),
    ).filter((text) => text.includes('config/modules'))
  const none = (first: string): string =>
    `error config/modules: no block of a model of type "llama" is where LlamaForCausalLM looks for it, beginning with "${first}": loading it initialises all of them at random`
  const ofMeta = (name: string): string =>
    name
      .replace('model.layers', 'layers')
      .replace(/self_attn\.(.)_proj/, 'attention.w$1')
      .replace(/mlp\.(.)\w+_proj/, 'feed_forward.$1')
      .replace('input_layernorm', 'attention_norm')
      .replace('post_attention_layernorm', 'ffn_norm')
      .replace('model.embed_tokens', 'tok_embeddings')
      .replace('model.norm', 'norm')
      .replace('lm_head', 'output')
  const adapter: Entries = {
    'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight': tensor(2, 8),
    'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight': tensor(8, 2),
  }

  test.each<[what: string, entries: Entries, first: string]>([
    ['below another part', llama((name) => `net.${name}`), 'net.lm_head.weight'],
    ['in a wrapper', llama((name) => `module.${name}`), 'module.lm_head.weight'],
    ['under the names of Meta', llama(ofMeta), 'output.weight'],
    ['an adapter in their place', adapter, Object.keys(adapter)[0] as string],
  ])('are an error: %s', (_, entries, first) => {
    expect(loaded(entries)).toEqual([none(first)])
    expect(loaded(entries, ofLlama, 'model-00001-of-00002.safetensors')).toEqual([none(first)])
  })

  test('are none where the class finds them, with its base model or at the top', () => {
    expect(loaded(llama())).toEqual([])
    expect(loaded(llama((name) => name.replace('model.', '')))).toEqual([])
    const answers = llama((name) =>
      name.startsWith('lm_head') ? null : name.replace('model.', 'transformer.'),
    )
    const values = { ...ofLlama, architectures: ['LlamaForQuestionAnswering'] }
    expect(
      loaded({ ...answers, 'qa_outputs.weight': tensor(2, 8), 'qa_outputs.bias': tensor(2) }, values),
    ).toEqual([])
  })

  test('are none where it is not transformers that loads them, or not this class', () => {
    const entries = llama((name) => `net.${name}`)
    expect(loaded(entries, ofLlama, 'net.safetensors')).toEqual([])
    // There may be a model.safetensors, which goes before it.
    expect(loaded(entries, ofLlama, 'pytorch_model.bin')).toEqual([])
    expect(loaded(entries, { ...ofLlama, architectures: ['MyLlama'] })).toEqual([])
    expect(loaded(entries, { ...ofLlama, architectures: undefined })).toEqual([])
    expect(loaded(entries, { ...ofLlama, auto_map: { AutoModel: 'm.M' } })).toEqual([])
    expect(loaded(entries, { ...ofLlama, quantization_config: {} })).toEqual([])
  })
})

describe('a model of a known type', () => {
  test('has no finding where all of it is there', () => {
    expect(told(llama())).toEqual([])
  })

  test.each([
    'self_attn.q_proj',
    'self_attn.k_proj',
    'self_attn.v_proj',
    'self_attn.o_proj',
    'mlp.up_proj',
    'input_layernorm',
  ])('lacks %s in every block', (part) => {
    expect(told(llama(without(part)))).toEqual([
      `error config/modules: a model of type "llama" has "model.layers.{0,1}.${part}", and no tensor is there: loading it initialises them at random`,
    ])
  })

  test('with one layer where config.json says two', () => {
    expect(told(llama(without('layers.1.')))).toEqual([
      'error config/layers: num_hidden_layers is 2, and "model.layers" has 1 layers: model.layers.1 is missing',
    ])
  })

  test('with one layer more than config.json says is a warning: nothing is initialised', () => {
    expect(told(llama(), { ...ofLlama, num_hidden_layers: 1 })).toEqual([
      'warning config/layers: num_hidden_layers is 1, and "model.layers" has 2 layers',
    ])
  })

  test('without a head, where config.json does not say whether it is tied', () => {
    const { tie_word_embeddings: _, ...unsaid } = ofLlama
    expect(told(llama(without('lm_head')), unsaid)).toEqual([
      'error config/tied: tie_word_embeddings is not said, which is false of type "llama", and there is no lm_head.weight',
    ])
    expect(told(llama(without('lm_head')), { ...unsaid, model_type: 'granite_swa' })).toEqual([])
  })

  test.each([
    [32, []],
    // RuntimeError: size mismatch, of from_pretrained with 32 rows in the file.
    [31, ['error config/vocabulary: vocab_size is 31, and the token embedding has 32 rows']],
    [24, ['error config/vocabulary: vocab_size is 24, and the token embedding has 32 rows']],
  ])('with a vocabulary of %d, which the class has to the row', (vocab_size, findings) => {
    expect(told(llama(), { ...ofLlama, vocab_size })).toEqual(findings)
  })

  test('of timm lacks what every vision transformer of its name has', () => {
    const vit = {
      cls_token: tensor(1, 1, 8),
      pos_embed: tensor(1, 5, 8),
      'patch_embed.proj.weight': tensor(8, 3, 2, 2),
      'patch_embed.proj.bias': tensor(8),
      'blocks.0.attn.qkv.weight': tensor(24, 8),
      'blocks.0.attn.qkv.bias': tensor(24),
      'norm.weight': tensor(8),
      'norm.bias': tensor(8),
    }
    const values = { architecture: 'vit_tiny_patch16_224', num_classes: 0 }
    expect(told(vit, values)).toEqual([])
    const { cls_token: _, pos_embed: __, ...lost } = vit
    expect(told(lost, values)).toEqual([
      'error config/modules: a model of type "vit_tiny_patch16_224" has "cls_token", "pos_embed", and no tensor is there: timm ends with an error',
    ])
    expect(told(lost, { architecture: 'vit_base_patch16_dinov3' })).toEqual([])
  })

  test('without a head that is not tied', () => {
    expect(told(llama(without('lm_head')))).toEqual([
      'error config/tied: tie_word_embeddings is false, and there is no lm_head.weight',
    ])
  })

  test.each([
    ['intermediate_size', 32, 'model.layers.0.mlp.gate_proj.weight', '32, and it is 16, as of 3 more'],
    ['num_key_value_heads', 2, 'model.layers.0.self_attn.k_proj.weight', '8, and it is 4, as of 3 more'],
    ['head_dim', 8, 'model.layers.0.self_attn.q_proj.weight', '16, and it is 8, as of 1 more'],
  ])('of another %s', (key, value, name, said) => {
    expect(told(llama(), { ...ofLlama, [key]: value })[0]).toMatch(
      new RegExp(`^error config/shapes: by \\w+, dimension 0 of "${name}" is ${said}$`),
    )
  })

  test.each([
    [
      'hidden_size',
      'self_attn.o_proj.weight',
      [9, 8],
      '0 of "model.layers.1.self_attn.o_proj.weight" is 8, and it is 9',
    ],
    [
      'hidden_size',
      'post_attention_layernorm.weight',
      [9],
      '0 of "model.layers.1.post_attention_layernorm.weight" is 8, and it is 9',
    ],
    [
      'num_attention_heads',
      'self_attn.o_proj.weight',
      [8, 9],
      '1 of "model.layers.1.self_attn.o_proj.weight" is 8, and it is 9',
    ],
    [
      'hidden_size',
      'self_attn.q_proj.weight',
      [8, 9],
      '1 of "model.layers.1.self_attn.q_proj.weight" is 8, and it is 9',
    ],
  ] as const)('of another %s in one tensor: %s', (key, name, shape, said) => {
    const entries = { ...llama(), [`model.layers.1.${name}`]: tensor(...shape) }
    expect(told(entries)).toEqual([`error config/shapes: by ${key}, dimension ${said}`])
  })

  test('has biases of one projection and not of those beside it', () => {
    const entries = llama()
    for (const number of [0, 1])
      for (const part of ['q', 'k', 'o'])
        entries[`model.layers.${number}.self_attn.${part}_proj.bias`] = tensor(8)
    expect(told(entries, { ...ofLlama, attention_bias: true })).toEqual([
      'error config/modules: a model of type "llama" has "model.layers.{0,1}.self_attn.v_proj.bias", and no tensor is there: loading it initialises them at random',
    ])
  })
})

describe('no false alarm', () => {
  // Each as transformers 5.24 builds the class of its default configuration, in short.
  test.each<[what: string, config: Record<string, unknown>, entries: Entries]>([
    ['blocks of EfficientNet', { num_hidden_layers: 64 }, { 'encoder.blocks.0.conv.weight': tensor(8, 8) }],
    [
      'one layer less of Mask2Former',
      { model_type: 'mask2former', decoder_layers: 2 },
      { 'decoder.layers.0.fc.weight': tensor(8, 8) },
    ],
    [
      'a first token of Moshi',
      { model_type: 'moshi', vocab_size: 32 },
      { 'model.embed_tokens.weight': tensor(33, 8), 'lm_head.weight': tensor(32, 8) },
    ],
    [
      'pictures of Mllama',
      { model_type: 'mllama_text_model', vocab_size: 24 },
      { 'model.embed_tokens.weight': tensor(32, 8), 'lm_head.weight': tensor(24, 8) },
    ],
    [
      'codebooks of CSM',
      { model_type: 'csm', vocab_size: 8, tie_word_embeddings: true },
      { 'depth_decoder.model.embed_tokens.weight': tensor(32, 8), 'lm_head.weight': tensor(8, 8) },
    ],
    [
      'what ColPali answers',
      { model_type: 'colpali', embedding_dim: 4 },
      { 'model.embed_tokens.weight': tensor(32, 8) },
    ],
    [
      'the vocabulary of a part',
      { vocab_size: 64, qformer_config: { vocab_size: 32 } },
      { 'word_embeddings.weight': tensor(32, 8) },
    ],
  ])('in %s', (_, values, entries) => {
    expect(told(entries, { architectures: ['AModel'], model_type: 'efficientnet', ...values })).toEqual([])
  })

  test('where a type has a list of blocks that few of its models have: the adapter of wav2vec2', () => {
    const norm = (path: string) => ({ [`${path}.weight`]: tensor(8), [`${path}.bias`]: tensor(8) })
    const layer = (path: string, out = 8) => ({
      [`${path}.weight`]: tensor(out, 8),
      [`${path}.bias`]: tensor(out),
    })
    const block = (at: number) => {
      const path = `encoder.layers.${at}`
      const projections = ['k_proj', 'v_proj', 'q_proj', 'out_proj'].map((name) =>
        layer(`${path}.attention.${name}`),
      )
      return Object.assign(
        {},
        ...projections,
        norm(`${path}.layer_norm`),
        layer(`${path}.feed_forward.intermediate_dense`),
        layer(`${path}.feed_forward.output_dense`),
        norm(`${path}.final_layer_norm`),
      )
    }
    const conv = { 'encoder.pos_conv_embed.conv.bias': tensor(8) }
    for (const at of [0, 1])
      Object.assign(conv, {
        [`encoder.pos_conv_embed.conv.parametrizations.weight.original${at}`]: tensor(8, 8, 2),
      })
    const entries = {
      masked_spec_embed: tensor(8),
      'feature_extractor.conv_layers.0.conv.weight': tensor(8, 1, 10),
      ...norm('feature_extractor.conv_layers.0.layer_norm'),
      ...norm('feature_projection.layer_norm'),
      ...layer('feature_projection.projection'),
      ...conv,
      ...norm('encoder.layer_norm'),
      ...block(0),
      ...block(1),
    }
    const values = { model_type: 'wav2vec2', architectures: ['Wav2Vec2Model'], num_hidden_layers: 2 }
    expect(told(entries, values)).toEqual([])
    delete entries['encoder.layers.0.attention.q_proj.weight' as keyof typeof entries]
    delete entries['encoder.layers.0.attention.q_proj.bias' as keyof typeof entries]
    expect(told(entries, values).join()).toContain('"encoder.layers.0.attention.q_proj"')
  })

  test('where a model of parts keeps the embedding above the blocks of its text', () => {
    const inner = Object.entries(
      llama((name) =>
        name.startsWith('lm_head')
          ? null
          : name.replace('model.layers', 'text.encoder.layers').replace('model.', 'text.'),
      ),
    )
    const values = { model_type: 'parts', text_config: { ...ofLlama } }
    expect(told(Object.fromEntries(inner), values)).toEqual([])
  })

  test('where a class does not save what it computes: positions of MarianMTModel', () => {
    const marian = modelTypeOf('marian')?.modules.map(({ name, children }) => [
      name,
      children.find((child) => child.name === 'embed_positions')?.isRequired,
    ])
    expect(marian).toEqual([
      ['decoder', false],
      ['encoder', false],
      ['shared', undefined],
    ])
  })

  test('where projections are one tensor under another name', () => {
    expect(
      told(llama((name) => (/[kv]_proj/.test(name) ? null : name.replace('q_proj', 'qkv_proj')))),
    ).toEqual([])
  })

  test('where layers are packed', () => {
    const entries = llama()
    for (const number of [0, 1]) {
      const module = `model.layers.${number}.mlp.up_proj`
      delete entries[`${module}.weight`]
      entries[`${module}.qweight`] = ['I32', [1, 16]]
      entries[`${module}.qzeros`] = ['I32', [1, 2]]
      entries[`${module}.scales`] = ['F16', [1, 16]]
      entries[`${module}.g_idx`] = ['I32', [8]]
    }
    expect(
      told(entries, { ...ofLlama, quantization_config: { quant_method: 'gptq', bits: 4, group_size: 8 } }),
    ).toEqual([])
  })

  test('where the class is code of the repository', () => {
    expect(told(llama(without('up_proj')), { ...ofLlama, auto_map: { AutoModel: 'm.M' } })).toEqual([])
  })

  test('where the embedding is stored as the tied output layer', () => {
    expect(told(llama(without('embed_tokens')), { ...ofLlama, tie_word_embeddings: true })).toEqual([])
  })

  test('where there are blocks and nothing else', () => {
    expect(told(llama((name) => (name.includes('layers') ? name : null)))).toEqual([])
  })

  test('where most of it is called otherwise', () => {
    expect(told(llama((name) => name.replace(/self_attn|mlp|layernorm/, 'other')))).toEqual([])
  })

  test('of a base model that is saved alone, or a classifier of no classes', () => {
    const base = llama((name) => (name === 'lm_head.weight' ? null : name.replace('model.', '')))
    expect(told(base, { ...ofLlama, architectures: ['LlamaModel'] })).toEqual([])
    expect(
      told(llama(without('lm_head')), {
        ...ofLlama,
        architectures: ['LlamaForSequenceClassification'],
        id2label: {},
      }),
    ).toEqual([])
  })

  test('of keys without a bias where the type has none (Whisper, BEiT)', () => {
    const names = (type: string) => JSON.stringify(modelTypeOf(type))
    expect(names('whisper')).toContain('"name":"k_proj","isRequired":true,"bias":"never"')
    expect(names('beit')).toContain('"name":"key","isRequired":true,"bias":"never"')
    expect(names('bert')).toContain('"name":"key","isRequired":true,"bias":"always"')
  })
})

describe('attention without a configuration', () => {
  const attention = (names: readonly string[], module = 'self_attn'): Entries =>
    Object.fromEntries(
      [0, 1, 2].flatMap((number) =>
        names.map((name) => [`h.${number}.${module}.${name}.weight`, tensor(8, 8)]),
      ),
    )
  const findings = (entries: Entries) => findingTexts(checked(entries))

  test('lacks its keys in every block', () => {
    expect(findings(attention(['q_proj', 'v_proj', 'out_proj']))).toEqual([
      'error blocks/projections: "h.{0..2}.self_attn.q_proj", "h.{0..2}.self_attn.v_proj" are there, and "h.{0..2}.self_attn.k_proj" are not',
    ])
    expect(findings(attention(['k', 'v', 'o'], 'SelfAttention'))).toHaveLength(1)
  })

  test.each([
    ['RWKV, with a receptance', ['key', 'value', 'receptance', 'output'], 'attention'],
    ['keys that are values too', ['q_proj', 'k_proj', 'o_proj'], 'self_attn'],
    ['one of two that are shared between layers', ['q_proj', 'o_proj'], 'self_attn'],
    ['a memory of keys and values', ['key', 'value'], 'memory'],
    ['a latent in place of the keys', ['q_proj', 'v_proj', 'kv_a_proj', 'o_proj'], 'self_attn'],
  ] as const)('is none of damage: %s', (_, names, module) => {
    expect(findings(attention(names, module))).toEqual([])
  })
})

describe('the table', () => {
  test('knows each type once, with a list of blocks and required modules', () => {
    const types = modelTypes().flatMap(({ types }) => types)
    expect(new Set(types).size).toBe(types.length)
    expect(types.length).toBeGreaterThan(120)
    for (const { modules, types } of modelTypes()) {
      expect(JSON.stringify(modules), types.join()).toContain('"name":"*"')
      expect(JSON.stringify(modules), types.join()).toContain('"isRequired":true')
    }
  })

  test('knows heads by their class', () => {
    expect(headOf('ViTForImageClassification').map(({ name }) => name)).toEqual(['classifier'])
    expect(headOf('LlamaForCausalLM')).toEqual([])
    expect(headOf('Nothing')).toEqual([])
    expect(headOf(7)).toEqual([])
  })
})
