import { describe, expect, test } from 'vitest'
import { rules } from '../../src/check/all-rules.ts'
import { type CheckOptions, checkCheckpoint } from '../../src/check/run.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { DType } from '../../src/model/tensors/dtype.ts'
import { checked, findingTexts } from '../helpers/check.ts'
import { checkpointOf, type Entries, plainMap, type Surrounding } from '../helpers/checkpoint.ts'
import { runCli } from '../helpers/run-cli.ts'

type Case = Surrounding & { readonly entries: Entries; readonly options?: CheckOptions }

interface RuleCase {
  /** Nothing is found in it. */
  readonly good: Case
  /** Differs from `good` in what the rule is about. */
  readonly bad: Case
  /** All that is found in `bad`. */
  readonly finding: string
}

const vector: readonly [DType, readonly number[]] = ['F32', [4]]
const matrix = (rows: number, columns: number, dtype: DType = 'F32') => [dtype, [rows, columns]] as const
const language = { 'model.embed_tokens.weight': matrix(100, 8), 'lm_head.weight': matrix(100, 8) }
const config = (values: Record<string, unknown>): Surrounding => ({ side: { config: plainMap(values) } })
const causal = { architectures: ['LlamaForCausalLM'] }
const adapter = (values: Record<string, unknown>): Surrounding => ({
  side: { adapterConfig: plainMap({ peft_type: 'LORA', ...values }) },
})
const pair = (module: string, rank = 4, other = rank): Entries => ({
  [`base_model.model.${module}.lora_A.weight`]: matrix(rank, 16),
  [`base_model.model.${module}.lora_B.weight`]: matrix(24, other),
})
const tokenizer = (id: number, idOfText: number | null = id): Surrounding => ({
  side: { tokenizer: { file: 'added_tokens.json', token: '[PAD]', id, idOfText } },
})
const optimizer = (...shapes: (readonly number[])[]): Surrounding => ({
  facts: {
    optimizers: [
      {
        path: 'optimizer',
        groups: [{ parameters: shapes.map((shape) => ({ name: null, shape, hasState: true })) }],
      },
    ],
  },
})
const layers = (...numbers: number[]): Entries =>
  Object.fromEntries(numbers.map((number) => [`model.layers.${number}.mlp.up_proj.weight`, matrix(16, 8)]))

/** A layer for each number of experts. */
const experts = (...counts: number[]): Entries =>
  Object.fromEntries(
    counts.flatMap((count, layer) =>
      Array.from({ length: count }, (_, expert) => [
        `model.layers.${layer}.mlp.experts.${expert}.up_proj.weight`,
        matrix(16, 8),
      ]),
    ),
  )

/** For each rule: the smallest checkpoint that satisfies it, the smallest that does not, and what is said. */
const cases: Readonly<Record<string, RuleCase>> = {
  'contents/empty-tensors': {
    good: { entries: { 'a.weight': matrix(2, 2), 'b.weight': matrix(2, 2) } },
    bad: { entries: { 'a.weight': ['F32', [0]], 'b.weight': matrix(2, 2) } },
    finding: 'error contents/empty-tensors: 1 of 2 parameters hold no elements: "a.weight"',
  },
  'contents/optimizer-fit': {
    good: {
      entries: { 'a.weight': matrix(3, 2), 'b.weight': matrix(2, 2), 'b.bias': vector },
      ...optimizer([3, 2], [2, 2], [4]),
    },
    bad: {
      entries: { 'a.weight': matrix(5, 2), 'b.weight': matrix(2, 2), 'b.bias': vector },
      ...optimizer([3, 2], [2, 2], [4]),
    },
    finding:
      'warning contents/optimizer-fit: "optimizer" has state for 3 parameters, and of 1 the shape is that of no tensor left: [3, 2]',
  },
  'contents/prefix': {
    good: { entries: { 'module.weight': vector, 'fc.weight': vector } },
    bad: { entries: { 'module.fc.weight': vector, 'module.fc.bias': vector } },
    finding:
      'warning contents/prefix: every name begins with "module.", which is from DataParallel, DistributedDataParallel or AveragedModel',
  },
  'contents/training-state': {
    good: { entries: { 'fc.weight': vector } },
    bad: { entries: { 'fc.weight': vector, 'optimizer.fc.weight.exp_avg': vector } },
    finding:
      'warning contents/training-state: 1 tensors of 16 bytes look like the state of an optimizer: "optimizer.fc.weight.exp_avg"',
  },
  'contents/strange-name': {
    good: { entries: { 'fc.weight': vector } },
    bad: { entries: { 'fc.wei\u200bght': vector } },
    finding:
      'warning contents/strange-name: a tensor\'s name has a character that cannot be seen, U+200B: "fc.wei\u200bght"',
  },
  'contents/head-rows': {
    good: { entries: language },
    bad: { entries: { ...language, 'lm_head.weight': matrix(101, 8) } },
    finding:
      'error contents/head-rows: "lm_head.weight" has 101 rows, and the token embedding "model.embed_tokens.weight" has 100',
  },
  'contents/adapter-left': {
    good: { entries: { 'q.base_layer.weight': matrix(24, 16), 'k.weight': matrix(24, 16) } },
    bad: { entries: { 'q.weight': matrix(24, 16), ...pairOf('q') } },
    finding:
      'warning contents/adapter-left: 1 weights have the two halves of an adapter beside them: "q.weight"',
  },
  'index/parameters': {
    good: { entries: language, facts: { totalParameters: 800 } },
    bad: { entries: language, facts: { totalParameters: 799 } },
    finding:
      'warning index/parameters: total_parameters in the index is 799, and the shards hold at least 800',
  },
  'contents/index-type': {
    good: { entries: { ...language, 'embeddings.position_ids': ['I64', [1, 77]] } },
    bad: { entries: { ...language, 'embeddings.position_ids': ['F16', [1, 77]] } },
    finding: 'warning contents/index-type: the position indices "embeddings.position_ids" are of F16',
  },
  'lora/pairs': {
    // With lora_bias the upper half has a bias, which has no other half.
    good: {
      entries: {
        ...pair('layers.0.q'),
        ...pair('layers.1.q'),
        'base_model.model.layers.1.q.lora_B.bias': ['F32', [16]],
      },
    },
    bad: { entries: { ...pair('layers.0.q'), 'base_model.model.layers.1.q.lora_A.weight': matrix(4, 16) } },
    finding:
      'error lora/pairs: 1 LoRA half has no other half: "base_model.model.layers.1.q.lora_A.weight"; missing "base_model.model.layers.1.q.lora_B.weight"',
  },
  'lora/shapes': {
    good: { entries: pair('q') },
    bad: { entries: pair('q', 4, 8) },
    finding: 'error lora/shapes: the down half has rank 4 and "base_model.model.q.lora_B.weight" has 8',
  },
  'lora/empty': {
    good: { entries: pair('q'), ...adapter({ r: 4 }) },
    bad: { entries: { 'fc.weight': vector }, ...adapter({ r: 4 }) },
    finding:
      'error lora/empty: adapter_config.json is of a LoRA, and none of the 1 tensors is half of a LoRA pair',
  },
  'lora/targets': {
    good: {
      entries: { ...pair('attn.q'), ...pair('attn.v') },
      ...adapter({ r: 4, target_modules: ['q', 'attn.v'] }),
    },
    bad: {
      entries: { ...pair('attn.q'), ...pair('attn.v') },
      ...adapter({ r: 4, target_modules: ['q', 'k', 'v'] }),
    },
    finding: 'warning lora/targets: no tensor adapts "k"',
  },
  'config/tied': {
    good: { entries: language, ...config({ ...causal, tie_word_embeddings: false }) },
    bad: {
      entries: { 'model.embed_tokens.weight': matrix(100, 8) },
      ...config({ ...causal, tie_word_embeddings: false }),
    },
    finding: 'error config/tied: tie_word_embeddings is false, and there is no lm_head.weight',
  },
  'config/tokens': {
    good: { entries: language, ...tokenizer(99) },
    bad: { entries: language, ...tokenizer(100) },
    finding: 'error config/tokens: token "[PAD]" has the id 100, and the token embedding has 100 rows',
  },
  'config/vocabulary': {
    good: { entries: language, ...config({ vocab_size: 100 }) },
    bad: { entries: language, ...config({ vocab_size: 101 }) },
    finding: 'error config/vocabulary: vocab_size is 101, and the token embedding has 100 rows',
  },
  'config/width': {
    good: { entries: language, ...config({ hidden_size: 8 }) },
    bad: { entries: language, ...config({ hidden_size: 16 }) },
    finding: 'error config/width: hidden_size is 16, and the token embedding has 8 columns',
  },
  'config/layers': {
    good: { entries: layers(0, 1, 2), ...config({ num_hidden_layers: 3 }) },
    bad: { entries: layers(0, 2), ...config({ num_hidden_layers: 3 }) },
    finding:
      'warning config/layers: num_hidden_layers is 3, and "model.layers" has 2 layers: model.layers.1 is missing',
  },
  'config/experts': {
    good: { entries: experts(2, 2), ...config({ num_local_experts: 2 }) },
    bad: { entries: experts(2, 1), ...config({ num_local_experts: 2 }) },
    finding: 'error config/experts: num_local_experts is 2, and "model.layers.1.mlp.experts" has 1 experts',
  },
  'contents/no-tensors': {
    good: { entries: { w: vector } },
    bad: { entries: {} },
    finding: 'warning contents/no-tensors: the file holds no tensors',
  },
  'config/dtype': {
    good: {
      entries: { 'fc.weight': matrix(8, 8, 'BF16'), 'fc.bias': vector },
      ...config({ torch_dtype: 'bfloat16' }),
    },
    bad: { entries: { 'fc.weight': matrix(2, 2), 'fc.bias': vector }, ...config({ dtype: 'bfloat16' }) },
    finding: 'warning config/dtype: config.json says bfloat16 (BF16), and most weights are F32',
  },
  'quant/config': {
    good: {
      entries: { 'fc.weight': matrix(2, 2, 'F8_E4M3') },
      ...config({ quantization_config: { quant_method: 'fp8' } }),
    },
    bad: {
      entries: { 'fc.weight': matrix(2, 2) },
      ...config({ quantization_config: { quant_method: 'fp8' } }),
    },
    finding: 'warning quant/config: quantization_config says fp8, and no tensor is quantised',
  },
  'blocks/consistent': {
    good: { entries: blocks([0, 1, 2, 3]) },
    bad: { entries: blocks([0, 1, 3, 4]) },
    finding: 'error blocks/consistent: "h.2" is missing: the other 4 blocks are numbered around it',
  },
  'modules/fit': {
    good: {
      entries: {
        'fc.weight': matrix(4, 8),
        'fc.bias': vector,
        'head.weight': matrix(4, 4),
        'head.bias': vector,
      },
    },
    bad: {
      entries: {
        'fc.weight': matrix(4, 8),
        'fc.bias': vector,
        'head.weight': matrix(5, 3),
        'head.bias': vector,
      },
    },
    finding: 'error modules/fit: bias of "head" is [4], beside weight [5, 3]',
  },
  'modules/batch-norm': {
    good: { entries: norm('bn') },
    bad: { entries: norm('bn', 'running_var') },
    finding: 'error modules/batch-norm: "bn" has running_mean and no running_var',
  },
  'quant/sets': {
    good: { entries: { 'fc.weight_packed': matrix(2, 2, 'I32'), 'fc.weight_scale': matrix(2, 1) } },
    bad: { entries: { 'fc.weight_packed': matrix(2, 2, 'I32') } },
    finding: 'error quant/sets: a tensor has no "weight_scale" beside it: "fc.weight_packed"',
  },
}

/** A batch norm without some of its tensors. */
function norm(module: string, ...without: readonly string[]): Entries {
  const all: Entries = {
    weight: vector,
    bias: vector,
    running_mean: vector,
    running_var: vector,
    num_batches_tracked: ['I64', []],
  }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !without.includes(name))
      .map(([name, tensor]) => [`${module}.${name}`, tensor]),
  )
}

/** The two halves of an update of one module, without the names that PEFT puts before. */
function pairOf(module: string): Entries {
  return { [`${module}.lora_A.weight`]: matrix(4, 16), [`${module}.lora_B.weight`]: matrix(24, 4) }
}

/** Blocks of two layers each, with these numbers. */
function blocks(numbers: readonly number[]) {
  return Object.fromEntries(
    numbers.flatMap((number) => [
      [`h.${number}.a.weight`, matrix(2, 2)],
      [`h.${number}.b.weight`, matrix(2, 2)],
    ]),
  )
}

// modeling_inkling.py: a router scores shared experts too, and its bias is of the others.
test('the bias of a module that has more than a layer is its own matter', () => {
  const router: Entries = {
    'gate.weight': matrix(6, 8),
    'gate.bias': vector,
    'gate.global_scale': ['F32', [1]],
  }
  const layer: Entries = { 'fc.weight': matrix(4, 8), 'fc.bias': vector }
  expect(findingTexts(checked({ ...router, ...layer }))).toEqual([])
})

describe('an adapter beside its model', () => {
  const side = {
    side: {
      config: plainMap({ architectures: ['LlamaForCausalLM'], torch_dtype: 'bfloat16' }),
      adapterConfig: plainMap({ peft_type: 'LORA', r: 4 }),
    },
  }

  test('does not make the model an empty adapter', () => {
    const texts = findingTexts(checked({ 'fc.weight': matrix(8, 8, 'BF16') }, side))
    expect(texts.filter((text) => text.includes('lora/empty'))).toEqual([])
  })

  test('is not of the type that the configuration of the model states', () => {
    const texts = findingTexts(checked(pair('q'), side))
    expect(texts.filter((text) => text.includes('config/dtype'))).toEqual([])
  })
})

describe('each rule', () => {
  for (const [id, { good, bad, finding }] of Object.entries(cases)) {
    test(`${id} finds nothing in the smallest good checkpoint`, () => {
      expect(findingTexts(checked(good.entries, good))).toEqual([])
    })
    test(`${id} says what is wrong with the smallest bad one`, () => {
      const result = checked(bad.entries, bad)
      expect(findingTexts(result)).toEqual([finding])
      expect(result.findings[0]?.fix).toBeTruthy()
    })
  }
})

describe('the list of rules', () => {
  test('has every id once, and enough of them', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    expect(rules.length).toBeGreaterThanOrEqual(25)
  })

  test('says of each rule all that explain shows', () => {
    for (const { id, claim, why, case: example, fix } of rules) {
      expect(id).toMatch(/^[a-z0-9-]+\/[a-z0-9-]+$/)
      for (const text of [claim, why, example, fix]) expect(text.length, id).toBeGreaterThan(10)
    }
  })
})

test.each([
  ['B29_del_and_c1_name', 'format/control-in-name'],
  ['C20_bidi_name', 'format/invisible-in-name'],
])('what the reader says of a name is said once: %s', async (file, said) => {
  const { out } = await runCli(['check', '--json', `fixtures/hostile/st/${file}.safetensors`])
  const { findings } = JSON.parse(out) as { findings: { rule: string }[] }
  expect(findings.map(({ rule }) => rule)).toContain(said)
  expect(findings.map(({ rule }) => rule)).not.toContain('contents/strange-name')
})

describe('rules about config.json', () => {
  const found = (entries: Entries, values: Record<string, unknown>): string[] =>
    findingTexts(checked(entries, config(values)))

  test('take an output layer for one whatever it is called, and no layer before it for it', () => {
    const embedding = { 'embeddings.word_embeddings.weight': matrix(120, 32) }
    const rembert = { ...embedding, 'cls.predictions.decoder.weight': matrix(120, 64) }
    expect(found(rembert, { architectures: ['RemBertForCausalLM'], tie_word_embeddings: false })).toEqual([])
    const roberta = {
      ...embedding,
      'lm_head.dense.weight': matrix(32, 32),
      'lm_head.bias': ['F32', [120]] as const,
    }
    expect(found(roberta, { architectures: ['RobertaForCausalLM'], tie_word_embeddings: true })).toEqual([])
    const other = { ...embedding, 'lm_head.weight': matrix(110, 32) }
    expect(found(other, { tie_word_embeddings: true })).toEqual([
      'warning config/tied: tie_word_embeddings is true, and the output layer is [110, 32] while "embeddings.word_embeddings.weight" is [120, 32]',
    ])
  })

  test('allow padding of the vocabulary, and no other difference', () => {
    const rows = (count: number): string[] =>
      found({ 'embed_tokens.weight': matrix(count, 4) }, { vocab_size: 51190 }).map(
        (text) => text.split(':')[0] as string,
      )
    expect(rows(51200)).toEqual([])
    expect(rows(51191)).toEqual(['error config/vocabulary'])
    expect(rows(51189)).toEqual(['error config/vocabulary'])
    expect(rows(60000)).toEqual(['error config/vocabulary'])
  })

  test('let a tokenizer have tokens for pictures that have no row', () => {
    const told = (id: number, idOfText: number | null): string[] =>
      findingTexts(checked({ 'embed_tokens.weight': matrix(100, 4) }, tokenizer(id, idOfText)))
    expect(told(100, 99)).toEqual([])
    expect(told(100, null)).toEqual([])
    expect(told(101, 100)).not.toEqual([])
  })

  test('read the part about the language model, the towers apart, and layers that predict further', () => {
    expect(found(layers(0, 1, 2, 3), { text_config: { num_hidden_layers: 4 } })).toEqual([])
    expect(found(layers(0, 1, 2), { num_hidden_layers: 2, num_nextn_predict_layers: 1 })).toEqual([])
    const towers = { 'encoder.layers.0.a.weight': vector, 'decoder.layers.0.a.weight': vector }
    expect(found(towers, { encoder_layers: 1, decoder_layers: 1 })).toEqual([])
    expect(found(towers, { encoder_layers: 1, decoder_layers: 2 })).toHaveLength(1)
  })

  test('say nothing of a shard that is looked at alone', () => {
    const whole = checkpointOf(layers(0), config({ num_hidden_layers: 3 }))
    const alone = {
      ...whole,
      findings: [{ rule: 'shards/one-of-several', level: 'info', message: 'one' } as const],
    }
    const { findings } = checkCheckpoint(alone, inspectCheckpoint(alone, { path: 'model' }))
    expect(findings.map(({ rule }) => rule)).toEqual(['shards/one-of-several'])
  })
})

test('an adapter under the prefix of a wrapper is an error, since PEFT then loads nothing of it', () => {
  const entries = Object.fromEntries(
    Object.entries(pair('q_proj')).map(([name, shape]) => [`module.${name}`, shape]),
  )
  expect(findingTexts(checked(entries)).map((text) => text.split(':')[0])).toContain('error contents/prefix')
})

describe('an adapter in a model', () => {
  const entries = { 'q.base_layer.weight': matrix(24, 16), ...pairOf('q') }
  const found = (values: Record<string, unknown>): string[] =>
    findingTexts(checked(entries, config(values))).map((text) => text.split(':')[0] as string)

  test('is an error where a plain class looks for the weights that base_layer hides', () => {
    expect(found(causal)).toEqual(['error contents/adapter-left'])
  })
  test('is none where the class of the model has adapters of its own', () => {
    expect(found({ ...causal, speech_lora: { r: 320 } })).toEqual(['warning contents/adapter-left'])
  })
})

describe('LoHa and LoKr', () => {
  const loha = (without = ''): Entries =>
    Object.fromEntries(
      (
        [
          ['hada_w1_a', matrix(24, 4)],
          ['hada_w1_b', matrix(4, 16)],
          ['hada_w2_a', matrix(24, 4)],
          ['hada_w2_b', matrix(4, 16)],
        ] as const
      ).flatMap(([name, shape]) => (name === without ? [] : [[`lora_unet_q.${name}`, shape]])),
    )

  test('have each half of their factors', () => {
    expect(findingTexts(checked(loha()))).toEqual([])
    expect(findingTexts(checked(loha('hada_w2_b')))).toEqual([
      'error lora/pairs: 1 LoRA half has no other half: "lora_unet_q.hada_w2_a"; missing "lora_unet_q.hada_w2_b"',
    ])
  })
  test('may have a factor that is whole', () => {
    const lokr = { 'lora_unet_q.lokr_w1': matrix(4, 4), 'lora_unet_q.lokr_w2_a': matrix(6, 4) }
    const other = { 'lora_unet_q.lokr_w2_b': matrix(4, 4) }
    expect(findingTexts(checked({ ...lokr, ...other }))).toEqual([])
    expect(findingTexts(checked(lokr))).toHaveLength(1)
  })
  test('have the rank first where a core is between them', () => {
    const factors: Entries = {
      'q.hada_t1': ['F32', [4, 4, 3, 3]],
      'q.hada_w1_a': matrix(4, 24),
      'q.hada_w1_b': matrix(4, 16),
      'q.hada_t2': ['F32', [4, 4, 3, 3]],
      'q.hada_w2_a': matrix(4, 24),
      'q.hada_w2_b': matrix(4, 16),
    }
    expect(findingTexts(checked(factors))).toEqual([])
  })
  test.each<[string, Entries, string]>([
    [
      'the second pair of LoHa',
      { 'unet.q.hada_w1_a': matrix(24, 4), 'unet.q.hada_w1_b': matrix(4, 16) },
      '2 LoRA halves have no other half: "unet.q.hada_w1_a", "unet.q.hada_w1_b"; missing "unet.q.hada_w2_a", "unet.q.hada_w2_b"',
    ],
    [
      'the first pair of LoHa',
      { 'q.hada_w2_a.default': matrix(24, 4), 'q.hada_w2_b.default': matrix(4, 16) },
      '2 LoRA halves have no other half: "q.hada_w2_a.default", "q.hada_w2_b.default"; missing "q.hada_w1_a", "q.hada_w1_b"',
    ],
    [
      'the second factor of LoKr',
      { 'lora_unet_q.lokr_w1': matrix(4, 4), 'lora_unet_q.alpha': ['F32', []] },
      '1 LoRA half has no other half: "lora_unet_q.lokr_w1"; missing "lora_unet_q.lokr_w2"',
    ],
    [
      'the first factor of LoKr',
      { 'q.lokr_w2_a': matrix(6, 4), 'q.lokr_w2_b': matrix(4, 4) },
      '2 LoRA halves have no other half: "q.lokr_w2_a", "q.lokr_w2_b"; missing "q.lokr_w1"',
    ],
  ])('may not lack %s, also where all of it is gone', (_, there, said) => {
    const whole = { 'k.lokr_w1': matrix(4, 4), 'k.lokr_w2': matrix(6, 6) }
    expect(findingTexts(checked({ ...whole, ...there }))).toEqual([`error lora/pairs: ${said}`])
  })
})

test('what an adapter excludes is no target without tensors, and the base layer of its embedding is its own', () => {
  const excluding = adapter({ r: 4, target_modules: ['q', 'layers.0.k'], exclude_modules: ['k'] })
  expect(findingTexts(checked(pair('layers.0.q'), excluding))).toEqual([])
  const entries = {
    'base_model.model.embed.base_layer.weight': matrix(24, 16),
    'base_model.model.embed.lora_embedding_A': matrix(4, 24),
    'base_model.model.embed.lora_embedding_B': matrix(16, 4),
  }
  expect(findingTexts(checked(entries, adapter({ r: 4, target_modules: ['embed'] })))).toEqual([])
})

// What PeftModel.from_pretrained of PEFT 0.19 to 0.21 says of an adapter that was changed so.
describe('an adapter that PEFT does not load', () => {
  const told = (entries: Entries, around?: Surrounding, file = 'adapter_model.safetensors') => {
    const checkpoint = checkpointOf(entries, around)
    const named = { ...checkpoint, files: [{ name: file, bytes: 1, role: 'weights' as const }] }
    return findingTexts(checkCheckpoint(named, inspectCheckpoint(named, { path: file })))
  }

  test('has no configuration beside it', () => {
    expect(told(pair('q'))).toEqual([
      'error lora/loadable: there is no adapter_config.json beside 2 tensors of an adapter, and PEFT ends with an error',
    ])
    // Other programs have names of their own.
    expect(told(pair('q'), undefined, 'pytorch_lora_weights.safetensors')).toEqual([])
  })

  test('has another rank than the 8 of a configuration that says none', () => {
    const without = adapter({ target_modules: ['q'] })
    expect(told(pair('q', 8), without)).toEqual([])
    expect(told(pair('q', 4), without)).toEqual([
      'error lora/loadable: adapter_config.json says no r, which PEFT takes for 8, and "base_model.model.q" has rank 4',
    ])
  })

  test('keeps the name of the adapter in its own, as state_dict() has it', () => {
    const entries = {
      'base_model.model.q.lora_A.default.weight': matrix(4, 16),
      'base_model.model.q.lora_B.default.weight': matrix(24, 4),
    }
    expect(told(entries, adapter({ r: 4, target_modules: ['q'] }))).toEqual([
      expect.stringMatching(/^error lora\/loadable: the name of an adapter, "default", is in /),
    ])
  })
})

describe('an optimizer beside a model', () => {
  const told = (entries: Entries, parameters: { name: string | null; shape: readonly number[] | null }[]) =>
    findingTexts(
      checked(entries, {
        facts: {
          optimizers: [
            { path: 'opt', groups: [{ parameters: parameters.map((one) => ({ ...one, hasState: true })) }] },
          ],
        },
      }),
    ).filter((text) => text.includes('contents/optimizer-fit'))
  const entries: Entries = { 'a.weight': matrix(3, 2), 'a.bias': ['F32', [3]], 'b.weight': matrix(2, 3) }

  test('is compared by name where it has names', () => {
    const named = (shape: readonly number[]) => [
      { name: 'a.weight', shape },
      { name: 'a.bias', shape: [3] },
      { name: 'b.weight', shape: [2, 3] },
    ]
    expect(told(entries, named([3, 2]))).toEqual([])
    expect(told(entries, named([7, 2]))).toEqual([
      'warning contents/optimizer-fit: "opt" has state of shape [7, 2] for "a.weight", which is [3, 2]',
    ])
    expect(told(entries, [...named([3, 2]), { name: 'c.weight', shape: [9] }])).toEqual([
      'warning contents/optimizer-fit: "opt" has state of shape [9] for "c.weight", which is not in the file',
    ])
  })

  test('that keeps its state flat, or none of a shape, is not compared', () => {
    const flat = [
      { name: null, shape: [6_000] },
      { name: null, shape: [4_000] },
    ]
    expect(told(entries, flat)).toEqual([])
    expect(told(entries, [{ name: null, shape: null }])).toEqual([])
    expect(
      told(entries, [
        { name: 'x', shape: [1] },
        { name: 'y', shape: [2] },
      ]),
    ).toEqual([])
  })
})
