import type { Damage } from './damage.ts'
import { adapter, index, lose, model, renamed, setIn, shard, withEditedHeader, without } from './edit.ts'
import { fileDamages } from './file-cases.ts'
import { modelDamages } from './model-cases.ts'
import { policyDamages } from './policy-cases.ts'
import { blank, readWeights, type Weight } from './weights.ts'

const file: readonly Damage[] = [
  {
    what: 'download cut off in the tensors',
    from: 'cnn.safetensors',
    rule: 'format/valid',
    names: 'ends at',
    apply: (files) => files.write('', files.bytes('').subarray(0, 1_000_000)),
  },
  {
    what: 'download cut off in the header',
    from: 'cnn.safetensors',
    rule: 'format/valid',
    names: 'header',
    apply: (files) => files.write('', files.bytes('').subarray(0, 500)),
  },
  {
    what: 'bytes left behind the last tensor',
    from: 'cnn.safetensors',
    rule: 'format/valid',
    names: '64',
    apply: (files) => files.write('', new Uint8Array([...files.bytes(''), ...new Uint8Array(64)])),
  },
  {
    what: 'length of the header overwritten',
    from: 'vit-bf16.safetensors',
    rule: 'format/valid',
    names: 'header',
    apply(files) {
      const bytes = files.bytes('')
      bytes[0] = (bytes[0] as number) ^ 0x55
      files.write('', bytes)
    },
  },
  {
    what: 'two tensors on the same bytes',
    from: 'vit-bf16.safetensors',
    rule: 'format/valid',
    names: 'tensor',
    apply: (files) =>
      withEditedHeader(files, (header) => {
        const offsets = header.match(/"data_offsets":\[\d+,\d+\]/g) ?? []
        return header.replace(offsets[3] as string, offsets[2] as string)
      }),
  },
  {
    what: 'shape edited, bytes not',
    from: 'vit-bf16.safetensors',
    rule: 'format/valid',
    names: 'tensor',
    apply: (files) => withEditedHeader(files, (header) => header.replace(/"shape":\[(\d+)/, '"shape":[9$1')),
  },
  {
    what: 'one name twice in the header',
    from: 'kohya_lora.safetensors',
    rule: 'format/valid',
    names: 'twice',
    apply: (files) =>
      withEditedHeader(files, (header) => {
        const names = Object.keys(JSON.parse(header)).filter((name) => name !== '__metadata__')
        return header.replace(JSON.stringify(names[1]), JSON.stringify(names[0]))
      }),
  },
  {
    what: 'Git LFS pointer in place of the file',
    from: 'bert',
    rule: 'file/not-a-pointer',
    names: 'Git LFS',
    apply: (files) =>
      files.write(
        model,
        `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 118896\n`,
      ),
  },
  {
    what: 'DVC pointer in place of the file',
    from: 'bert',
    rule: 'file/not-a-pointer',
    names: 'DVC',
    apply: (files) =>
      files.write(model, `outs:\n- md5: ${'0'.repeat(32)}\n  size: 118896\n  path: ${model}\n`),
  },
  {
    what: 'error page of a server',
    from: 'bert',
    rule: 'file/not-a-pointer',
    names: 'HTML',
    apply: (files) => files.write(model, '<!DOCTYPE html><html><title>403 Forbidden</title></html>'),
  },
  {
    what: 'disk full: no bytes',
    from: 'bert',
    rule: 'file/not-a-pointer',
    names: '0 bytes',
    apply: (files) => files.write(model, ''),
  },
  {
    what: 'safetensors called .pt',
    from: 'cnn.safetensors',
    as: 'cnn.pt',
    rule: 'format/wrong-name',
    names: '.pt',
    apply() {},
  },
]

const shards: readonly Damage[] = [
  {
    what: 'shard missing',
    from: 'bart-sharded',
    rule: 'index/missing-shard',
    names: shard(3),
    apply: (files) => files.remove(shard(3)),
  },
  {
    what: 'shard cut off',
    from: 'bart-sharded',
    rule: 'shards/broken',
    names: shard(2),
    apply: (files) => files.write(shard(2), files.bytes(shard(2)).subarray(0, 2_000)),
  },
  {
    what: 'shard is an LFS pointer',
    from: 'gpt2-sharded',
    rule: 'shards/broken',
    names: shard(4, 7),
    apply: (files) => files.write(shard(4, 7), 'version https://git-lfs.github.com/spec/v1\n'),
  },
  {
    what: 'index edited: a tensor in the wrong shard',
    from: 'bart-sharded',
    rule: 'index/wrong-shard',
    names: 'model.shared.weight',
    apply: (files) => files.json(index, ({ weight_map: map }) => setIn(map, 'model.shared.weight', shard(4))),
  },
  {
    what: 'index edited: a tensor that no shard has',
    from: 'bart-sharded',
    rule: 'index/missing-tensor',
    names: 'mtp.fc.weight',
    apply: (files) => files.json(index, ({ weight_map: map }) => setIn(map, 'mtp.fc.weight', shard(1))),
  },
  {
    what: 'index edited: tensors left out',
    from: 'bart-sharded',
    rule: 'index/unlisted-tensor',
    names: 'final_logits_bias',
    apply: (files) => files.json(index, ({ weight_map: map }) => setIn(map, 'final_logits_bias', undefined)),
  },
  {
    what: 'index of another save: total_size',
    from: 'gpt2-sharded',
    rule: 'index/total-size',
    names: 'total_size',
    apply: (files) => files.json(index, ({ metadata }) => setIn(metadata, 'total_size', 643_840)),
  },
  {
    what: 'shard of another save beside the index',
    from: 'bart-sharded',
    rule: 'index/stray-shard',
    names: 'model-00005-of-00004.safetensors',
    apply: (files) => files.write('model-00005-of-00004.safetensors', files.bytes(shard(1))),
  },
  {
    what: 'index lost, and a shard with it',
    from: 'gpt2-sharded',
    rule: 'shards/incomplete',
    names: 'number 2',
    apply(files) {
      files.remove(index)
      files.remove(shard(2, 7))
    },
  },
  {
    what: 'tensor in two shards',
    from: 'bart-sharded',
    rule: 'shards/duplicate-tensor',
    names: 'model.decoder.embed_positions.weight',
    apply(files) {
      const name = 'model.decoder.embed_positions.weight'
      const all = [1, 2, 3, 4].map((number) => readWeights(files.bytes(shard(number))).tensors.get(name))
      const weight = all.find((one) => one !== undefined) as Weight
      for (const number of [1, 2, 3, 4])
        files.weights(shard(number), ({ tensors }) => tensors.set(name, weight))
    },
  },
]

const contents: readonly Damage[] = [
  {
    what: 'prefix added by DataParallel',
    from: 'bert',
    rule: 'contents/prefix',
    names: 'module.',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => `module.${name}`)
      }),
  },
  {
    what: 'prefix added by torch.compile, inside',
    from: 'bert',
    rule: 'contents/prefix',
    names: '_orig_mod',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace('encoder.', 'encoder._orig_mod.'))
      }),
  },
  {
    what: 'optimizer included',
    from: 'bert',
    rule: 'contents/training-state',
    names: 'optimizer',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        for (const [name, weight] of [...tensors]) tensors.set(`optimizer.${name}.exp_avg`, weight)
      }),
  },
  {
    what: 'averaged copy included',
    from: 'cnn.safetensors',
    rule: 'contents/training-state',
    names: 'model_ema.',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        for (const [name, weight] of [...tensors]) tensors.set(`model_ema.${name}`, weight)
      }),
  },
  {
    what: 'saved under ZeRO-3: parameters without elements',
    from: 'bert',
    rule: 'contents/empty-tensors',
    names: 'bert.',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        for (const [name, { dtype }] of tensors) tensors.set(name, blank(dtype, [0], 4))
      }),
  },
  {
    what: 'name with a character without width',
    from: 'bert',
    rule: 'format/invisible-in-name',
    names: 'invisible',
    apply: (files) =>
      files.weights(model, (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace('classifier.', 'classi\u200bfier.'))
      }),
  },
  {
    what: 'state dict of DistributedDataParallel, as torch saved it',
    from: 'torch/state_dict.pt',
    rule: 'contents/prefix',
    names: 'module.',
    apply: (files) => files.write('', files.fixture('torch/ddp.pt')),
  },
  {
    what: 'training checkpoint released, as torch saved it',
    from: 'torch/state_dict.pt',
    rule: 'contents/training-state',
    names: 'optimizer',
    apply: (files) => files.write('', files.fixture('torch/with_optimizer.pt')),
  },
  {
    what: 'whole module pickled in place of a state dict',
    from: 'torch/state_dict.pt',
    rule: 'security/pickle-globals',
    names: '__main__.Net',
    apply: (files) => files.write('', files.fixture('torch/module.pt')),
  },
  {
    what: 'bytes behind the end of the archive',
    from: 'torch/state_dict.pt',
    rule: 'zip/trailing-bytes',
    names: '100 bytes',
    apply: (files) => files.write('', new Uint8Array([...files.bytes(''), ...new Uint8Array(100)])),
  },
]

const config: readonly Damage[] = [
  {
    what: 'padding token added to the tokenizer, embedding not resized',
    from: 'bert',
    rule: 'config/tokens',
    names: '[PAD2]',
    apply: (files) => files.write('added_tokens.json', new TextEncoder().encode('{"[PAD2]": 100}')),
  },
  {
    what: 'vocabulary resized, config.json not',
    from: 'bert',
    rule: 'config/vocabulary',
    names: 'bert.embeddings.word_embeddings.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        tensors.set('bert.embeddings.word_embeddings.weight', blank('F32', [101, 32], 4)),
      ),
  },
  {
    what: 'layer lost',
    from: 'bert',
    rule: 'config/layers',
    names: 'bert.encoder.layer.1',
    apply: (files) => lose(files, model, (name) => name.includes('.layer.1.')),
  },
  {
    what: 'element type doubled',
    from: 'bert',
    rule: 'config/dtype',
    names: 'F64',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        for (const [name, { shape }] of tensors) tensors.set(name, blank('F64', shape, 8))
      }),
  },
  {
    what: 'config.json of a larger model',
    from: 'gpt2-sharded',
    rule: 'config/width',
    names: 'n_embd',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'n_embd', 64)),
  },
  {
    what: 'output layer lost: config.json says it is not tied',
    from: 'gpt2-sharded',
    rule: 'config/tied',
    names: 'lm_head.weight',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'tie_word_embeddings', false)),
  },
  {
    what: 'config.json with a trailing comma',
    from: 'bert',
    rule: 'config/unreadable',
    names: 'config.json',
    apply: (files) => files.write('config.json', '{"vocab_size": 99,}'),
  },
  {
    what: 'quantization_config lost',
    from: 'gptq',
    rule: 'quant/config',
    names: 'GPTQ 4-bit',
    apply: (files) => files.json('config.json', (value) => setIn(value, 'quantization_config', undefined)),
  },
  {
    what: 'one tensor of one block lost',
    from: 'vit-bf16.safetensors',
    rule: 'blocks/consistent',
    names: 'blocks.2.attn.proj.weight',
    apply: (files) =>
      files.weights('vit-bf16.safetensors', ({ tensors }) => tensors.delete('blocks.2.attn.proj.weight')),
  },
  {
    what: 'scales of a packed weight lost',
    from: 'gptq',
    rule: 'quant/sets',
    names: 'model.layers.1.self_attn.q_proj.scales',
    apply: (files) =>
      files.weights(model, ({ tensors }) => tensors.delete('model.layers.1.self_attn.q_proj.scales')),
  },
]

const firstHalf = 'base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight'

const adapters: readonly Damage[] = [
  {
    what: 'half of a LoRA pair removed',
    from: 'lora',
    rule: 'lora/pairs',
    names: firstHalf,
    apply: (files) => files.weights(adapter, ({ tensors }) => tensors.delete(firstHalf)),
  },
  {
    what: 'halves of two ranks',
    from: 'lora',
    rule: 'lora/shapes',
    names: firstHalf,
    apply: (files) =>
      files.weights(adapter, ({ tensors }) => tensors.set(firstHalf, blank('F32', [8, 32], 4))),
  },
  {
    what: 'rank in adapter_config.json edited',
    from: 'lora',
    rule: 'lora/rank',
    names: 'r=16',
    apply: (files) => files.json('adapter_config.json', (value) => setIn(value, 'r', 16)),
  },
  {
    what: 'adapter of a target stripped',
    from: 'lora',
    rule: 'lora/targets',
    names: 'value',
    apply: (files) => lose(files, adapter, (name) => name.includes('.value.')),
  },
  {
    what: 'adapter saved without its weights',
    from: 'lora',
    rule: 'lora/empty',
    names: 'adapter_config.json',
    apply: (files) =>
      files.weights(adapter, (weights) => {
        weights.tensors = new Map([['classifier.bias', blank('F32', [2], 4)]])
      }),
  },
]

const agreed: readonly Damage[] = [
  {
    what: 'layer renamed',
    from: 'cnn.safetensors',
    learnt: true,
    rule: 'tensors/required',
    names: 'fc.weight',
    apply: (files) =>
      files.weights('', (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace(/^fc\./, 'head.'))
      }),
  },
  {
    what: 'tensor added',
    from: 'cnn.safetensors',
    learnt: true,
    rule: 'tensors/unexpected',
    names: 'fc.weight_orig',
    apply: (files) => files.weights('', ({ tensors }) => tensors.set('fc.weight_orig', blank('F32', [2], 4))),
  },
  {
    what: 'matrix transposed',
    from: 'bert',
    learnt: true,
    rule: 'tensors/shape',
    names: 'bert.encoder.layer.0.intermediate.dense.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) => {
        const name = 'bert.encoder.layer.0.intermediate.dense.weight'
        const { shape, ...weight } = tensors.get(name) as Weight
        tensors.set(name, { ...weight, shape: [...shape].reverse() })
      }),
  },
  {
    what: 'buffer saved in half precision',
    from: 'cnn.safetensors',
    learnt: true,
    rule: 'tensors/dtype',
    names: 'bn1.running_mean',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        const { shape } = tensors.get('bn1.running_mean') as Weight
        tensors.set('bn1.running_mean', blank('F16', shape, 2))
      }),
  },
  {
    what: 'metadata stripped',
    from: 'cnn.safetensors',
    learnt: true,
    rule: 'metadata/required',
    names: 'format',
    apply: (files) =>
      files.weights('', (weights) => {
        weights.metadata = {}
      }),
  },
  {
    what: 'one of the layers lost, no config.json',
    from: 'vit-bf16.safetensors',
    learnt: true,
    rule: 'tensors/count',
    names: 'blocks.',
    apply: (files) =>
      files.weights('', (weights) => {
        const last = [...weights.tensors.keys()].filter((name) => /^blocks\.\d+\./.test(name)).at(-1) ?? ''
        const block = /^blocks\.\d+\./.exec(last)?.[0] ?? ''
        weights.tensors = without(weights.tensors, (name) => name.startsWith(block))
      }),
  },
  {
    what: 'twice the size',
    from: 'vit-bf16.safetensors',
    learnt: true,
    rule: 'tensors/dtype',
    names: 'blocks.0.attn.proj.bias',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        for (const [name, { shape }] of tensors) tensors.set(name, blank('F32', shape, 4))
      }),
  },
  {
    what: 'buffers dropped',
    from: 'bart-sharded',
    learnt: true,
    rule: 'tensors/required',
    names: 'final_logits_bias',
    apply(files) {
      for (const number of [1, 2, 3, 4])
        files.weights(shard(number), ({ tensors }) => tensors.delete('final_logits_bias'))
      files.json(index, ({ weight_map: map }) => setIn(map, 'final_logits_bias', undefined))
    },
  },
]

/** Every damage, each with the rule that is meant for it. */
export const damages: readonly Damage[] = [
  ...file,
  ...fileDamages,
  ...shards,
  ...contents,
  ...config,
  ...adapters,
  ...modelDamages,
  ...agreed,
  ...policyDamages,
]
