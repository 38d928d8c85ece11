import { quoted } from '../../../errors.ts'
import { tiesEmbeddings } from '../../../model/config-value.ts'
import { rule } from '../../rule.ts'
import { countsRowsOtherwise, isUntiedByDefault } from '../../structure/own-meanings.ts'
import { tokenEmbeddings } from '../../structure/token-embeddings.ts'

type Tied =
  | { what: 'no-output-layer'; type?: string }
  | { what: 'other-shape'; shape: string; embedding: string; embeddingShape: string }

/** Modules that turn hidden states into tokens, by the libraries that call them so. */
const heads = ['lm_head', 'embed_out', 'output_projection']

export const configTied = rule({
  id: 'config/tied',
  // Nothing is lost where the other shape is of a layer that the model does not use.
  level: 'warning',
  levelOf: ({ what }: Tied) => (what === 'no-output-layer' ? 'error' : 'warning'),
  claim: 'The output layer is there unless config.json ties it to the embedding',
  why: 'With tie_word_embeddings false the model has an output layer of its own; where the file has none, it keeps its initial values and every answer is noise.',
  case: 'tie_word_embeddings was false and lm_head.weight absent (QwenLM/Qwen3-VL-Embedding #89; also vllm PR #6758, huggingface/transformers #38870).',
  fix: 'set tie_word_embeddings to true in config.json if the model is tied, or save the output layer',
  message: (args: Tied) =>
    args.what === 'no-output-layer'
      ? args.type === undefined
        ? 'tie_word_embeddings is false, and there is no lm_head.weight'
        : `tie_word_embeddings is not said, which is false of type ${quoted(args.type)}, and there is no lm_head.weight`
      : `tie_word_embeddings is true, and the output layer is [${args.shape}] while ${quoted(args.embedding)} is [${args.embeddingShape}]`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || countsRowsOtherwise(config)) return
    const embeddings = tokenEmbeddings(stateDict)
    const [embedding] = embeddings
    if (embedding === undefined) return
    const own = stateDict.tensors.filter(({ name }) => heads.some((head) => isUnder(name, head)))
    // By its shape too: an output layer has a row a token, whatever it is called.
    const others = stateDict.tensors.filter(
      (tensor) =>
        tensor.shape[0] === embedding.shape[0] && tensor.shape.length === 2 && !embeddings.includes(tensor),
    )
    const tied = tiesEmbeddings(config)
    const isOwn = tied === false || (tied === undefined && isUntiedByDefault(config))
    if (isOwn && isCausal(config.get('architectures')) && own.length + others.length === 0)
      yield tell(
        { what: 'no-output-layer', ...(tied === false ? {} : { type: String(config.get('model_type')) }) },
        { file: 'config.json', key: 'tie_word_embeddings', tensor: 'lm_head.weight' },
      )
    const head = own.find(
      ({ name, shape }) => heads.some((end) => isWeightOf(name, end)) && shape.length === 2,
    )
    if (tied !== true || head === undefined || head.quantised !== undefined) return
    if (embeddings.some(({ shape }) => shape[0] === head.shape[0])) return
    yield tell(
      {
        what: 'other-shape',
        shape: head.shape.join(', '),
        embedding: embedding.name,
        embeddingShape: embedding.shape.join(', '),
      },
      { file: 'config.json', key: 'tie_word_embeddings', tensor: head.name },
    )
  },
})

function isUnder(name: string, module: string): boolean {
  return name.startsWith(`${module}.`) || name.includes(`.${module}.`)
}

/** Not a layer before it: RoBERTa's head is a module with one of its own. */
function isWeightOf(name: string, module: string): boolean {
  return name === `${module}.weight` || name.endsWith(`.${module}.weight`)
}

/** Classes for other tasks have no output layer over tokens. */
function isCausal(architectures: unknown): boolean {
  const list = Array.isArray(architectures) ? architectures : []
  return list.some((name) => typeof name === 'string' && /(?:ForCausalLM|LMHeadModel)$/.test(name))
}
