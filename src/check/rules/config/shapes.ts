import { quoted } from '../../../errors.ts'
import type { PlainMap } from '../../../model/checkpoint.ts'
import { configCount } from '../../../model/config-value.ts'
import type { TensorReport } from '../../../model/report.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'
import { modelTypeOf } from '../../structure/model-types.ts'

/** A length of a tensor that is a number of config.json in every model of a known type that has such a tensor. */
interface Length {
  readonly of: RegExp
  readonly axis: 0 | 1
  /** Of a type whose modules say that this holds. */
  readonly types: RegExp
  readonly key: string
  readonly said: (config: PlainMap) => number | undefined
}

/** transformers, models/llama and those made from it: no doubled projections, no other width for some layers. */
const llama =
  /^(?:llama|mistral|mixtral|qwen2|qwen2_moe|qwen3|qwen3_moe|gemma|gemma2|phi3|olmo|olmo2|olmo3|olmoe|granite|granitemoe|cohere|cohere2|stablelm|starcoder2|smollm3|helium|ernie4_5|seed_oss|arcee|apertus)$/
const dense =
  /^(?:llama|mistral|qwen2|qwen3|gemma|gemma2|olmo|olmo2|olmo3|granite|cohere|cohere2|stablelm|smollm3|helium|ernie4_5|seed_oss|arcee|apertus)$/
const bert =
  /^(?:bert|roberta|xlm-roberta|camembert|electra|layoutlm|ernie|megatron-bert|vit|deit|data2vec-text)$/

function heads(key: string): (config: PlainMap) => number | undefined {
  return (config) => {
    const all = configCount(config, 'num_attention_heads')
    const width = configCount(config, 'hidden_size')
    if (all === undefined || width === undefined) return undefined
    const each = configCount(config, 'head_dim') ?? width / all
    const count = configCount(config, key) ?? all
    return Number.isSafeInteger(count * each) ? count * each : undefined
  }
}

const number =
  (key: string) =>
  (config: PlainMap): number | undefined =>
    configCount(config, key)

const lengths: readonly Length[] = [
  {
    of: /\.layers\.\d+\.self_attn\.q_proj\.weight$/,
    axis: 0,
    types: llama,
    key: 'num_attention_heads',
    said: heads('num_attention_heads'),
  },
  {
    of: /\.layers\.\d+\.self_attn\.[kv]_proj\.weight$/,
    axis: 0,
    types: llama,
    key: 'num_key_value_heads',
    said: heads('num_key_value_heads'),
  },
  {
    of: /\.layers\.\d+\.mlp\.(?:gate_proj|up_proj)\.weight$/,
    axis: 0,
    types: dense,
    key: 'intermediate_size',
    said: number('intermediate_size'),
  },
  {
    of: /\.layer\.\d+\.intermediate\.dense\.weight$/,
    axis: 0,
    types: bert,
    key: 'intermediate_size',
    said: number('intermediate_size'),
  },
  {
    of: /^(?:\w+\.)?embeddings\.position_embeddings\.weight$/,
    axis: 0,
    types:
      /^(?:bert|roberta|xlm-roberta|camembert|electra|distilbert|layoutlm|ernie|megatron-bert|data2vec-text)$/,
    key: 'max_position_embeddings',
    said: number('max_position_embeddings'),
  },
  {
    of: /^(?:transformer\.)?wpe\.weight$/,
    axis: 0,
    types: /^gpt2$/,
    key: 'n_positions',
    said: number('n_positions'),
  },
  {
    of: /^(?:classifier|score)\.weight$/,
    axis: 0,
    types: /./,
    key: 'id2label',
    said: (config) => {
      const labels = config.get('id2label')
      return labels instanceof Map && labels.size > 0 ? labels.size : undefined
    },
  },
]

export const configShapes = rule({
  id: 'config/shapes',
  level: 'error',
  claim: 'The tensors of a model of a known type have the lengths that config.json says',
  why: 'transformers builds the model from config.json and ends with an error of mismatched sizes where the file has others.',
  case: 'A config.json of the same architecture in another size, or one that was edited after the model had been pruned or given other labels.',
  fix: 'use the config.json that was saved with these weights',
  message: (
    { said, length, axis, tensors }: { said: number; length: number; axis: number; tensors: number },
    { key, tensor },
  ) =>
    `by ${key}, dimension ${axis} of ${quoted(tensor)} is ${said}, and it is ${length}${tensors > 1 ? `, as of ${tensors - 1} more` : ''}`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || stateDict.role !== 'model') return
    if (config.has('auto_map') || lowRankPairs(stateDict).length > 0) return
    const type = config.get('model_type')
    if (typeof type !== 'string' || modelTypeOf(type) === undefined) return
    for (const { of, axis, types, key, said } of lengths) {
      const stated = types.test(type) ? said(config) : undefined
      if (stated === undefined) continue
      const odd = stateDict.tensors.filter(
        (tensor) => isPlain(tensor) && of.test(tensor.name) && tensor.shape[axis] !== stated,
      )
      const [first] = odd
      if (first !== undefined)
        yield tell(
          { said: stated, length: first.shape[axis] as number, axis, tensors: odd.length },
          { file: 'config.json', key, tensor: first.name },
        )
    }
  },
})

/** Packed weights have other shapes than the layers they are of. */
function isPlain({ shape, quantised, dtype }: TensorReport): boolean {
  return shape.length > 1 && quantised === undefined && dtype !== null && /^(?:F|BF)(?:16|32|64)$/.test(dtype)
}
