import { quoted } from '../../../errors.ts'
import type { PlainMap } from '../../../model/checkpoint.ts'
import { configCount } from '../../../model/config-value.ts'
import type { StateDictReport, TensorReport } from '../../../model/report.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'
import { type ModelShapes, modelShapesOf } from '../../structure/model-shapes.ts'
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
    const told = new Set<string>()
    for (const { of, axis, types, key, said } of lengths) {
      const stated = types.test(type) ? said(config) : undefined
      if (stated === undefined) continue
      const odd = stateDict.tensors.filter(
        (tensor) => isPlain(tensor) && of.test(tensor.name) && tensor.shape[axis] !== stated,
      )
      const [first] = odd
      if (first === undefined) continue
      told.add(key)
      yield tell(
        { said: stated, length: first.shape[axis] as number, axis, tensors: odd.length },
        { file: 'config.json', key, tensor: first.name },
      )
    }
    const known = modelShapesOf(type)
    if (known !== undefined && !isPruned(config))
      for (const { key, said, axis, first, tensors } of oddLengths(stateDict, known, config))
        if (!told.has(key))
          yield tell(
            { said, length: first.shape[axis] as number, axis, tensors },
            { file: 'config.json', key, tensor: first.name },
          )
  },
})

/** Heads that were taken away are listed, and make layers narrower. */
function isPruned(config: PlainMap): boolean {
  const heads = config.get('pruned_heads')
  return heads instanceof Map && heads.size > 0
}

interface OddLength {
  readonly key: string
  readonly said: number
  readonly axis: number
  readonly first: TensorReport
  tensors: number
}

/** Numbers of config.json that tensors do not have, each once. */
function oddLengths(
  stateDict: StateDictReport,
  { prefix, shapes }: ModelShapes,
  config: PlainMap,
): Iterable<OddLength> {
  const byPath = new Map(shapes.map(({ path, lengths: of }) => [path, of]))
  const found = new Map<string, OddLength>()
  const numbers = new Map<string, number | undefined>()
  for (const tensor of stateDict.tensors) {
    // What is empty is the matter of contents/empty-tensors.
    if (tensor.quantised !== undefined || !isFloat(tensor) || tensor.shape.includes(0)) continue
    for (const [axis, number] of (byPath.get(pathIn(tensor.name, prefix)) ?? []).entries()) {
      // Rows of the vocabulary are the matter of config/vocabulary.
      if (number === null || number === 'vocab_size') continue
      if (!numbers.has(number)) numbers.set(number, numberOf(config, number))
      const said = numbers.get(number)
      if (said === undefined || tensor.shape[axis] === undefined || tensor.shape[axis] === said) continue
      const key = keys.get(number) ?? number
      const odd = found.get(key)
      if (odd === undefined) found.set(key, { key, said, axis, first: tensor, tensors: 1 })
      else odd.tensors++
    }
  }
  return found.values()
}

/** Numbers that are a product, and what of them people look for. */
const keys = new Map([
  ['heads', 'num_attention_heads'],
  ['kv_heads', 'num_key_value_heads'],
  ['heads_of_dim', 'num_attention_heads'],
  ['kv_heads_of_dim', 'num_key_value_heads'],
])

function numberOf(config: PlainMap, number: string): number | undefined {
  const key = keys.get(number)
  if (key === undefined) return configCount(config, number)
  // Where it is not said it is the default of the class, which is not asked here.
  const isSaid = config.has(key) && (!number.endsWith('_of_dim') || config.has('head_dim'))
  return isSaid ? heads(key)(config) : undefined
}

/** The name of a tensor below its base model, with `*` for numbers, without the `weight` that its module stands for. */
function pathIn(name: string, prefix: string): string {
  const own = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name
  return own.replace(/(?<![^.])[0-9]+(?![^.])/g, '*').replace(/\.weight$/, '')
}

function isFloat({ dtype }: TensorReport): boolean {
  return dtype !== null && /^(?:F|BF)(?:16|32|64)$/.test(dtype)
}

/** Packed weights have other shapes than the layers they are of. */
function isPlain(tensor: TensorReport): boolean {
  return tensor.shape.length > 1 && tensor.quantised === undefined && isFloat(tensor)
}
