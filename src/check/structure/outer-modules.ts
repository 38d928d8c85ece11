/** Modules that stand around the blocks of a model of `transformers`, and hold tensors whatever its configuration says. */
export interface OuterModules {
  /** Path of the list of blocks below the base of the model. */
  readonly list: string
  /** Paths below that base. */
  readonly modules: readonly string[]
  /** Of those, the one that turns tokens into vectors, which may be tied to the output layer. */
  readonly embedding: string | null
}

const decoder = (list: string, embedding: string, ...others: readonly string[]): OuterModules => ({
  list,
  modules: [embedding, ...others],
  embedding,
})

const llama = decoder('layers', 'embed_tokens', 'norm')
const gpt2 = decoder('h', 'wte', 'wpe', 'ln_f')
const bert = decoder(
  'encoder.layer',
  'embeddings.word_embeddings',
  'embeddings.position_embeddings',
  'embeddings.LayerNorm',
)
const t5 = (side: 'encoder' | 'decoder'): OuterModules => ({
  list: `${side}.block`,
  modules: [`${side}.final_layer_norm`],
  embedding: null,
})

// transformers, models/MODEL_TYPE/modeling_MODEL_TYPE.py: what the base model registers beside its blocks.
const byModelType: ReadonlyMap<string, readonly OuterModules[]> = new Map<string, readonly OuterModules[]>([
  ...[
    'llama',
    'mistral',
    'mixtral',
    'qwen2',
    'qwen2_moe',
    'qwen3',
    'qwen3_moe',
    'gemma',
    'gemma2',
    'gemma3_text',
    'phi3',
    'olmo2',
    'olmoe',
    'granite',
    'granitemoe',
    'cohere',
    'cohere2',
    'stablelm',
    'starcoder2',
    'nemotron',
    'smollm3',
    'deepseek_v2',
    'deepseek_v3',
    'glm',
    'glm4',
    'gpt_oss',
    'helium',
  ].map((type): [string, readonly OuterModules[]] => [type, [llama]]),
  ['olmo', [decoder('layers', 'embed_tokens')]],
  ['phi', [decoder('layers', 'embed_tokens', 'final_layernorm')]],
  ['persimmon', [decoder('layers', 'embed_tokens', 'final_layernorm')]],
  ['opt', [decoder('decoder.layers', 'decoder.embed_tokens', 'decoder.embed_positions')]],
  ['gpt_neox', [decoder('layers', 'embed_in', 'final_layer_norm')]],
  ['gpt2', [gpt2]],
  ['gpt_neo', [gpt2]],
  ['gpt_bigcode', [gpt2]],
  ['gptj', [decoder('h', 'wte', 'ln_f')]],
  ['codegen', [decoder('h', 'wte', 'ln_f')]],
  ['bloom', [decoder('h', 'word_embeddings', 'word_embeddings_layernorm', 'ln_f')]],
  ['falcon', [decoder('h', 'word_embeddings', 'ln_f')]],
  ['bert', [bert]],
  ['roberta', [bert]],
  ['xlm-roberta', [bert]],
  ['camembert', [bert]],
  ['electra', [bert]],
  [
    'distilbert',
    [
      decoder(
        'transformer.layer',
        'embeddings.word_embeddings',
        'embeddings.position_embeddings',
        'embeddings.LayerNorm',
      ),
    ],
  ],
  ['t5', [t5('encoder'), t5('decoder')]],
  ['mt5', [t5('encoder'), t5('decoder')]],
])

/** What stands around the blocks of a model of this type; nothing where that is not known. */
export function outerModules(modelType: unknown): readonly OuterModules[] {
  return typeof modelType === 'string' ? (byModelType.get(modelType) ?? []) : []
}
