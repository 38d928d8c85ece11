import type { Plain, PlainMap } from '../../model/checkpoint.ts'

// Of transformers 5.24, each as its class builds it of its default configuration.

/** Types whose `num_hidden_layers`, `encoder_layers` or `decoder_layers` is not how many blocks there are. */
const otherLayers = new Set([
  // Counts parts of blocks, or blocks of several loops.
  'efficientnet',
  'dory',
  'hrm_text',
  // Builds one less: the first prediction is made before the first block.
  'maskformer',
  'mask2former',
  'oneformer',
  // Has another model inside, with a number of its own.
  'omdet-turbo',
  'pp_doclayout_v2',
  'seamless_m4t',
  'seamless_m4t_v2',
])

/** Types whose embedding has more rows than one vocabulary: those of several codebooks, or a token that only begins. */
const otherRows = new Set(['csm', 'kyutai_speech_to_text', 'moshi'])

/** Types whose config.json says another width than that of their embedding: of what they answer. */
const otherWidth = new Set(['colpali', 'colqwen2', 'colmodernvbert', 'neomme', 'pp_doclayout_v2'])

/** Types of decoders whose output layer is their own where config.json does not say. */
const untied = new Set(
  `afmoe apertus arcee bitnet cwm dbrx deepseek_v2 deepseek_v3 exaone4 falcon_h1 flex_olmo glm glm4 glm4_moe gpt_neox gpt_oss
  gptj granite granitemoe granitemoehybrid helium hunyuan_v1_dense jamba llama minimax ministral mistral mixtral nemotron olmo
  olmo2 olmo3 olmoe persimmon phi phi3 phimoe qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next seed_oss stablelm`.split(
    /\s+/,
  ),
)

/** Whether a class that is told nothing of it makes an output layer of its own. */
export const isUntiedByDefault = (config: PlainMap | undefined): boolean => isOf(untied, config)

/** Tokens that are read and never answered, by type: a first one, or pictures and what begins a text. */
const onlyRead: ReadonlyMap<string, number> = new Map([
  ['imagegpt', 1],
  ['moshi', 1],
  ['mllama', 8],
  ['mllama_text_model', 8],
])

/** Rows that the embedding of this type has more than its head. */
export function rowsOnlyRead(config: PlainMap | undefined): number {
  return onlyRead.get(String(config?.get('model_type'))) ?? 0
}

function isOf(types: ReadonlySet<string>, config: PlainMap | undefined): boolean {
  return types.has(String(config?.get('model_type')))
}

export const countsLayersOtherwise = (config: PlainMap | undefined): boolean => isOf(otherLayers, config)
export const countsRowsOtherwise = (config: PlainMap | undefined): boolean => isOf(otherRows, config)
export const saysOtherWidth = (config: PlainMap | undefined): boolean => isOf(otherWidth, config)

/** Numbers under a key, at the top of a configuration and in each of its parts, as `qformer_config`. */
export function statedAnywhere(config: PlainMap | undefined, key: string): readonly number[] {
  const found: number[] = []
  const open: (Plain | undefined)[] = [config]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!(next instanceof Map)) continue
    const value = next.get(key)
    if (typeof value === 'number') found.push(value)
    for (const inner of next.values()) open.push(inner)
  }
  return found
}
