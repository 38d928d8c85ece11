import type { Damage } from './damage.ts'
import { adapter, changed, cut, lose, model, renamed, setIn, shard, withFloats } from './edit.ts'
import { blank } from './weights.ts'

const vit = { from: 'vit-bf16.safetensors', rule: 'blocks/consistent' } as const

const blocks: readonly Damage[] = [
  {
    ...vit,
    what: 'block in the middle lost',
    names: 'blocks.2',
    apply: (files) => lose(files, '', (name) => name.startsWith('blocks.2.')),
  },
  {
    ...vit,
    what: 'matrix of one block transposed',
    names: 'blocks.3.mlp.fc1.weight',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        changed(tensors, 'blocks.3.mlp.fc1.weight', (weight) => ({
          ...weight,
          shape: [...weight.shape].reverse(),
        })),
      ),
  },
  {
    ...vit,
    what: 'one block in another element type',
    names: 'blocks.1',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        for (const [name, { shape }] of tensors)
          if (name.startsWith('blocks.1.')) tensors.set(name, blank('F32', shape, 4))
      }),
  },
  {
    ...vit,
    what: 'norm of one block lost',
    names: 'norm2.weight',
    apply: (files) => lose(files, '', (name) => name.startsWith('blocks.4.norm2.')),
  },
  {
    what: 'layer lost in a shard, and in the index',
    from: 'gpt2-sharded',
    rule: 'blocks/consistent',
    names: 'transformer.h.2.attn.c_attn.weight',
    apply(files) {
      const lost = 'transformer.h.2.attn.c_attn.weight'
      let bytes = 0
      for (let number = 1; number <= 7; number++)
        files.weights(shard(number, 7), ({ tensors }) => {
          tensors.delete(lost)
          for (const { data } of tensors.values()) bytes += data.length
        })
      files.json('model.safetensors.index.json', (value) => {
        setIn(value.weight_map, lost, undefined)
        setIn(value.metadata, 'total_size', bytes)
        setIn(value.metadata, 'total_parameters', undefined)
      })
    },
  },
]

const bert = 'bert.embeddings.word_embeddings.weight'

const config = 'config.json'

const types: readonly Damage[] = [
  ...(['query', 'key', 'value'] as const).map(
    (lost): Damage => ({
      what: `projection of every block lost: ${lost}`,
      from: 'bert',
      rule: 'config/modules',
      names: `bert.encoder.layer.{0..2}.attention.self.${lost}`,
      apply: (files) => lose(files, model, (name) => name.includes(`.self.${lost}.`)),
    }),
  ),
  {
    what: 'every name below that of another part',
    from: 'bert',
    rule: 'config/modules',
    names: 'net.bert.embeddings',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => `net.${name}`)
      }),
  },
  {
    what: 'bias of one projection lost in every block',
    from: 'bert',
    rule: 'config/modules',
    names: 'attention.self.key.bias',
    apply: (files) => lose(files, model, (name) => name.endsWith('.self.key.bias')),
  },
  {
    what: 'projection lost in every block, and no config.json',
    from: 'bert',
    rule: 'blocks/projections',
    names: 'attention.self.key',
    apply(files) {
      files.remove(config)
      lose(files, model, (name) => name.includes('.self.key.'))
    },
  },
  {
    what: 'head of the class that config.json names lost',
    from: 'bert',
    rule: 'config/modules',
    names: 'classifier',
    apply: (files) => lose(files, model, (name) => name.startsWith('classifier.')),
  },
  {
    what: 'config.json of another type of models',
    from: 'bert',
    rule: 'config/model-type',
    names: '"distilbert"',
    apply: (files) =>
      files.json(config, (value) => {
        setIn(value, 'model_type', 'distilbert')
        setIn(value, 'architectures', ['DistilBertForSequenceClassification'])
      }),
  },
  {
    what: 'config.json of a wider feed-forward layer',
    from: 'bert',
    rule: 'config/shapes',
    names: '64',
    apply: (files) => files.json(config, (value) => setIn(value, 'intermediate_size', 64)),
  },
  {
    what: 'config.json of longer texts',
    from: 'bert',
    rule: 'config/shapes',
    names: 'position_embeddings',
    apply: (files) => files.json(config, (value) => setIn(value, 'max_position_embeddings', 512)),
  },
  ...(
    [
      ['r', 0, 'r=0'],
      ['target_modules', [], 'target_modules'],
      ['use_dora', true, 'lora_magnitude_vector'],
      ['modules_to_save', ['score'], '"score"'],
      ['layers_to_transform', [7], 'among its targets'],
    ] as const
  ).map(
    ([key, value, names]): Damage => ({
      what: `adapter_config.json that PEFT does not load these weights by: ${key}`,
      from: 'lora',
      rule: 'lora/loadable',
      names,
      apply: (files) => files.json('adapter_config.json', (document) => setIn(document, key, value)),
    }),
  ),
  {
    what: 'adapter saved under the names of its model, without the prefix of PEFT',
    from: 'lora',
    rule: 'lora/loadable',
    names: 'base_model.model.',
    apply: (files) =>
      files.weights(adapter, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace('base_model.model.', ''))
      }),
  },
  {
    what: 'adapter saved with the name of an adapter in its names',
    from: 'lora',
    rule: 'lora/loadable',
    names: '"mine"',
    apply: (files) =>
      files.weights(adapter, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace(/(lora_[AB])/, '$1.mine'))
      }),
  },
]

const models: readonly Damage[] = [
  {
    what: 'token embedding lost',
    from: 'bert',
    rule: 'config/modules',
    names: 'bert.embeddings',
    apply: (files) => lose(files, model, (name) => name.startsWith('bert.embeddings.')),
  },
  {
    what: 'last norm lost',
    from: 'gpt2-sharded',
    rule: 'config/modules',
    names: 'ln_f',
    apply(files) {
      lose(files, shard(7, 7), (name) => name.startsWith('transformer.ln_f.'))
      files.json('model.safetensors.index.json', ({ metadata, weight_map: map }) => {
        for (const name of ['transformer.ln_f.weight', 'transformer.ln_f.bias']) setIn(map, name, undefined)
        setIn(metadata, 'total_size', (metadata as { total_size: number }).total_size - 256)
        setIn(metadata, 'total_parameters', undefined)
      })
    },
  },
  {
    what: 'head with rows lost',
    from: 'gpt2-sharded',
    rule: 'contents/head-rows',
    names: 'lm_head.weight',
    apply(files) {
      files.weights(shard(7, 7), ({ tensors }) => tensors.set('lm_head.weight', blank('F32', [90, 32], 4)))
      files.json('model.safetensors.index.json', ({ metadata, weight_map: map }) => {
        setIn(map, 'lm_head.weight', shard(7, 7))
        setIn(metadata, 'total_size', (metadata as { total_size: number }).total_size + 90 * 32 * 4)
        setIn(metadata, 'total_parameters', undefined)
      })
      files.json('config.json', (value) => setIn(value, 'tie_word_embeddings', false))
    },
  },
  {
    what: 'position indices as floats, as merges leave them',
    from: 'bert',
    rule: 'contents/index-type',
    names: 'position_ids',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        tensors.set('bert.embeddings.position_ids', blank('F32', [1, 40], 4)),
      ),
  },
  {
    what: 'adapter left on top of the weights',
    from: 'bert',
    rule: 'contents/adapter-left',
    names: 'query.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        for (const layer of [0, 1, 2]) {
          const query = `bert.encoder.layer.${layer}.attention.self.query`
          tensors.set(`${query}.lora_A.default.weight`, blank('F32', [4, 32], 4))
          tensors.set(`${query}.lora_B.default.weight`, blank('F32', [32, 4], 4))
        }
      }),
  },
  {
    what: 'prefix added by FSDP',
    from: 'bert',
    rule: 'contents/prefix',
    names: '_fsdp_wrapped_module',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => `_fsdp_wrapped_module.${name}`)
      }),
  },
  {
    what: 'prefix added by checkpointing of activations, inside',
    from: 'bert',
    rule: 'contents/prefix',
    names: '_checkpoint_wrapped_module',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) =>
          name.replace(/layer\.(\d)\./, 'layer.$1._checkpoint_wrapped_module.'),
        )
      }),
  },
  {
    what: 'name with a mark that turns the direction of text',
    from: 'bert',
    rule: 'format/invisible-in-name',
    names: 'classifier',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace('classifier.', 'classifier.\u202e'))
      }),
  },
  {
    what: 'config.json of a model with more layers',
    from: 'gpt2-sharded',
    rule: 'config/layers',
    names: 'n_layer',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'n_layer', 12)),
  },
  {
    what: 'config.json of a model of another width',
    from: 'bert',
    rule: 'config/width',
    names: 'hidden_size',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'hidden_size', 64)),
  },
  {
    what: 'config.json of a model of another vocabulary',
    from: 'gpt2-sharded',
    rule: 'config/vocabulary',
    names: 'vocab_size',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'vocab_size', 120)),
  },
  {
    what: 'config.json says half precision, the file has all of it',
    from: 'bert',
    rule: 'config/dtype',
    names: 'float16',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'dtype', 'float16')),
  },
  {
    what: 'config.json cut off',
    from: 'bert',
    rule: 'config/unreadable',
    names: 'config.json',
    apply: (files) => cut(files, 'config.json', 0.5),
  },
  {
    what: 'rows of the embedding lost',
    from: 'bert',
    rule: 'config/vocabulary',
    names: bert,
    apply: (files) => files.weights(model, ({ tensors }) => tensors.set(bert, blank('F32', [64, 32], 4))),
  },
  {
    what: 'many tokens added to the tokenizer',
    from: 'bert',
    rule: 'config/tokens',
    names: '<|tool|>',
    apply: (files) => files.write('added_tokens.json', '{"<|tool|>": 250}'),
  },
  {
    what: 'zero points of a packed weight lost',
    from: 'gptq',
    rule: 'quant/sets',
    names: 'model.layers.0.self_attn.q_proj.qzeros',
    apply: (files) =>
      files.weights(model, ({ tensors }) => tensors.delete('model.layers.0.self_attn.q_proj.qzeros')),
  },
  {
    what: 'packed weight lost, its scales not',
    from: 'gptq',
    rule: 'quant/sets',
    names: 'model.layers.2.self_attn.q_proj',
    apply: (files) =>
      files.weights(model, ({ tensors }) => tensors.delete('model.layers.2.self_attn.q_proj.qweight')),
  },
  {
    what: 'config.json of another quantisation: 8 bits',
    from: 'gptq',
    rule: 'quant/config',
    names: '8',
    apply: (files) => files.json('config.json', ({ quantization_config: value }) => setIn(value, 'bits', 8)),
  },
]

const half = 'base_model.model.bert.encoder.layer.1.attention.self.value.lora_B.weight'
const kohya = 'lora_unet_down_blocks_2_attentions_0_proj_in'
/** The same adapter in the names of LoHa. */
const hada = (name: string) =>
  name.replace('.lora_A.weight', '.hada_w1_b').replace('.lora_B.weight', '.hada_w1_a')

const adapters: readonly Damage[] = [
  {
    what: 'upper half of a LoRA pair removed',
    from: 'lora',
    rule: 'lora/pairs',
    names: half,
    apply: (files) => files.weights(adapter, ({ tensors }) => tensors.delete(half)),
  },
  {
    what: 'half of a pair of kohya removed',
    from: 'kohya_lora.safetensors',
    rule: 'lora/pairs',
    names: `${kohya}.lora_down.weight`,
    apply: (files) => files.weights('', ({ tensors }) => tensors.delete(`${kohya}.lora_down.weight`)),
  },
  {
    what: 'second factor of LoHa lost',
    from: 'lora',
    rule: 'lora/pairs',
    names: 'hada_w2_a',
    apply: (files) => {
      files.weights(adapter, (weights) => {
        weights.tensors = renamed(weights.tensors, hada)
      })
      files.json('adapter_config.json', (value) => setIn(value, 'peft_type', 'LOHA'))
    },
  },
  {
    what: 'halves of two ranks in an adapter of kohya',
    from: 'kohya_lora.safetensors',
    rule: 'lora/shapes',
    names: `${kohya}.lora_up.weight`,
    apply: (files) =>
      files.weights('', ({ tensors }) => tensors.set(`${kohya}.lora_up.weight`, blank('F32', [16, 8], 4))),
  },
  {
    what: 'adapter of a target that was never trained: adapter_config.json edited',
    from: 'lora',
    rule: 'lora/targets',
    names: 'key',
    apply: (files) =>
      files.json('adapter_config.json', (value) => setIn(value, 'target_modules', ['query', 'value', 'key'])),
  },
  {
    what: 'adapter_config.json cut off',
    from: 'lora',
    rule: 'config/unreadable',
    names: 'adapter_config.json',
    apply: (files) => cut(files, 'adapter_config.json', 0.4),
  },
  {
    what: 'adapter cut off',
    from: 'lora',
    rule: 'format/valid',
    names: 'past the end',
    apply: (files) => cut(files, adapter, 0.9),
  },
  {
    what: 'prefix twice in the names of an adapter',
    from: 'lora',
    rule: 'contents/prefix',
    names: 'base_model.model.',
    apply: (files) =>
      files.weights(adapter, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => `base_model.model.${name}`)
      }),
  },
]

const read = { values: true } as const

const values: readonly Damage[] = [
  {
    ...read,
    what: 'NaN in a weight: training diverged',
    from: 'cnn.safetensors',
    rule: 'values/finite',
    names: 'conv1.3.weight',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        withFloats(tensors, 'conv1.3.weight', (i, old) => (i === 7 ? Number.NaN : old)),
      ),
  },
  {
    ...read,
    what: 'infinity in a weight: overflow in half precision',
    from: 'bert',
    rule: 'values/finite',
    names: 'classifier.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        withFloats(tensors, 'classifier.weight', (i, old) => (i === 3 ? Number.POSITIVE_INFINITY : old)),
      ),
  },
  {
    ...read,
    what: 'matrix never written: zeros',
    from: 'bert',
    rule: 'values/not-degenerate',
    names: 'bert.encoder.layer.1.intermediate.dense.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        withFloats(tensors, 'bert.encoder.layer.1.intermediate.dense.weight', () => 0),
      ),
  },
  {
    ...read,
    what: 'write cut off, the rest of a matrix zeros',
    from: 'cnn.safetensors',
    rule: 'values/not-degenerate',
    names: 'conv1.3.weight',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        withFloats(tensors, 'conv1.3.weight', (i, old) => (i < 1_001 ? old : 0)),
      ),
  },
  {
    ...read,
    what: 'variance below zero',
    from: 'cnn.safetensors',
    rule: 'values/buffers-sane',
    names: 'bn1.running_var',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        withFloats(tensors, 'bn1.running_var', (i, old) => (i === 2 ? -1 : old)),
      ),
  },
  {
    ...read,
    what: 'one position index rounded to another',
    from: 'bert',
    rule: 'values/buffers-sane',
    names: 'position_ids',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        const data = new Uint8Array(
          new BigInt64Array(Array.from({ length: 40 }, (_, i) => BigInt(i === 5 ? 4 : i))).buffer,
        )
        tensors.set('bert.embeddings.position_ids', { dtype: 'I64', shape: [1, 40], data })
      }),
  },
  {
    ...read,
    what: 'mask of bytes that are neither 0 nor 1',
    from: 'cnn.safetensors',
    rule: 'values/bool',
    names: 'fc.mask',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        tensors.set('fc.mask', { dtype: 'BOOL', shape: [4], data: Uint8Array.of(0, 1, 2, 1) }),
      ),
  },
  {
    ...read,
    what: 'scales with another sign',
    from: 'gptq',
    rule: 'values/quant-scales',
    names: 'model.layers.1.self_attn.q_proj.scales',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        changed(tensors, 'model.layers.1.self_attn.q_proj.scales', (weight) => {
          const data = weight.data.slice()
          for (let i = 1; i < data.length; i += 2) data[i] = (data[i] as number) | 0x80
          return { ...weight, data }
        }),
      ),
  },
  {
    ...read,
    what: 'adapter that was never trained',
    from: 'kohya_lora.safetensors',
    rule: 'lora/untrained',
    names: 'lora_up',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        for (const name of tensors.keys()) if (name.includes('lora_up')) withFloats(tensors, name, () => 0)
      }),
  },
  {
    ...read,
    what: 'head trained apart from the embedding that it is tied to',
    from: 'gpt2-sharded',
    rule: 'values/tied',
    names: 'lm_head.weight',
    apply(files) {
      files.weights(shard(1, 7), ({ tensors }) => {
        tensors.set('lm_head.weight', tensors.get('transformer.wte.weight') as never)
        withFloats(tensors, 'lm_head.weight', (i, old) => (i < 10 ? old + 1 : old))
      })
      files.json('model.safetensors.index.json', ({ metadata, weight_map: map }) => {
        setIn(map, 'lm_head.weight', shard(1, 7))
        setIn(metadata, 'total_size', (metadata as { total_size: number }).total_size + 99 * 32 * 4)
        setIn(metadata, 'total_parameters', undefined)
      })
    },
  },
]

/** What happens to models and adapters. */
export const modelDamages: readonly Damage[] = [...blocks, ...types, ...models, ...adapters, ...values]
