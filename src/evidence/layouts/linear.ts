import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Layout, Recognised } from './layout.ts'
import { isLoss } from './loss-name.ts'

const words = {
  embedding: ['embed', 'wte', 'wpe', 'wtt', 'emb', 'vocab', 'lookup', 'codebook', 'shared'],
  linear: [
    'proj',
    'fc',
    'lin',
    'dense',
    'head',
    'query',
    'key',
    'value',
    'qkv',
    'mlp',
    'gate',
    'up',
    'down',
    'kv',
    'to_',
    'out',
    'in_',
    'w1',
    'w2',
    'w3',
    'wi',
    'wo',
    'classifier',
    'router',
    'ffn',
    'attn',
    'score',
    'logit',
    'reduction',
    'q',
    'k',
    'v',
    'o',
  ],
}

/**
 * Linear: `weight` [out, in] and `bias` [out] (torch/nn/modules/linear.py). transformers' Conv1D keeps its
 * weight the other way round, [in, out] with `bias` [out] (pytorch_utils.py). Without a bias a leaf module
 * with one matrix is a Linear or an Embedding [rows, width]; parameters both.
 */
export const linear: Layout = {
  id: 'linear',
  recognise(view, around) {
    const weight = view.shape('weight')
    if (weight?.length !== 2 || !view.isLeaf || !view.only('weight', 'bias')) return null
    return layerOfMatrix(view, around, weight, view.shape('bias'))
  },
}

/** The layer that has this matrix, and this bias or none; null where the two do not fit. */
export function layerOfMatrix(
  view: ModuleView,
  around: Surroundings,
  weight: readonly number[],
  bias: readonly number[] | undefined,
): Recognised | null {
  return bias === undefined ? lone(view, around, weight) : withBias(view, weight, bias)
}

function withBias(
  view: ModuleView,
  [rows = 0, columns = 0]: readonly number[],
  bias: readonly number[],
): Recognised | null {
  if (bias.length !== 1) return null
  if (bias[0] === rows) {
    const linearOr = rows === columns && isConv1D(view.name) ? ['Conv1D', 'Linear'] : ['Linear']
    return parameters(
      isGraphConvolution(view.word) ? [] : isRouter(view) ? ['Linear', 'TopKRouter'] : linearOr,
      `${columns}→${rows}`,
      'weight [out, in] and bias [out]: Linear',
    )
  }
  if (bias[0] !== columns) return null
  return isConv1D(view.name)
    ? parameters(['Conv1D'], `${rows}→${columns}`, 'weight [in, out] and bias [out]: Conv1D of transformers')
    : parameters([], '', 'weight [in, out] and bias [out]: a layer that keeps its weight the other way round')
}

/** A matrix of which neither its name nor what is around says what it does. Tables that are computed look the same. */
const ofNobody: Recognised = {
  ...parameters([], '', 'a lone matrix named weight, which are mostly learnt'),
  assumed: ['weight'],
}

function lone(
  view: ModuleView,
  around: Surroundings,
  [rows = 0, columns = 0]: readonly number[],
): Recognised | null {
  // A convolution whose weights are mixed of several keeps them as rows.
  if (view.word.toLowerCase().startsWith('conv')) return null
  // What holds one weight of a layer, a loss, or a whole model says nothing of how it is applied.
  if (view.isRoot || /weights?$/i.test(view.name) || isLoss(view)) return ofNobody
  const { embedding, isNoun, isLinear, isTable, isPatch } = meaningOf(view.word, around)
  const as = `${rows}×${columns}`
  // A projection is called an embedding as often as a table of rows is: its name alone decides nothing.
  const isShared = view.name === 'shared' && rows > columns
  if (
    isTable ||
    isShared ||
    (embedding && isNoun && !isLinear && !isPatch && rows >= leastVocabulary && rows > columns)
  )
    return parameters(['Embedding'], as, 'a leaf module with one matrix [rows, width]: Embedding')
  // Queries of a detector are rows of a table; those of an attention stand beside its keys.
  const isQueries = view.name === 'query' && rows !== columns && view.parent?.child('key') === undefined
  // Tables in a module named for them are called as what they are tables of: a column, `key`, `k`.
  const isAmongTables = /(?:^|_)(?:embed(?:ding)?s|embs)$/.test(view.parent?.name.toLowerCase() ?? '')
  if (isLinear && !embedding && !isQueries && !isAmongTables)
    return parameters(
      // transformers has classes of its own for what chooses experts, which apply their weight as a Linear does.
      isRouter(view) ? ['Linear', 'TopKRouter'] : ['Linear'],
      `${columns}→${rows}`,
      'a leaf module with one matrix [out, in]: Linear without bias',
    )
  const saysNothing = !isLinear && !embedding
  if (saysNothing && (rows === 1 || isChainOfColumns(view, rows, columns))) return ofNobody
  return parameters(
    ['Linear', 'Embedding'],
    as,
    'a leaf module with one matrix: Linear without bias, or Embedding',
  )
}

/** Whether in a row of numbered layers each has as many rows as the one before has columns, which no Linear has. */
function isChainOfColumns(view: ModuleView, rows: number, columns: number): boolean {
  const [, stem, digits] = /^(\D{1,40})(\d{1,4})$/.exec(view.name) ?? []
  if (digits === undefined) return false
  const beside = (step: number) => view.parent?.child(`${stem}${Number(digits) + step}`)?.shape('weight')
  const next = beside(1)
  const last = beside(-1)
  const isMatrix = (shape: readonly number[] | undefined) => shape?.length === 2
  return isMatrix(next)
    ? next?.[0] === columns && next[1] !== rows
    : isMatrix(last) && last?.[1] === rows && last[0] !== columns
}

/** As transformers calls its Conv1D (GPT-2, ImageGPT, Decision Transformer). */
function isConv1D(name: string): boolean {
  return /^(?:c_(?:attn|proj|fc)|q_attn)$/.test(name)
}

/** Graph convolutions keep a matrix and a bias too, and are no Linear. */
function isGraphConvolution(name: string): boolean {
  return /^(?:gc|gcn|gconv|graph|conv)(?![a-z])|graph_?conv|gcn_?conv/i.test(name)
}

/** Whether it stands beside experts, and is called as what chooses among them. */
function isRouter(view: ModuleView): boolean {
  return /^(?:gate|router)$/.test(view.name) && view.parent?.child('experts') !== undefined
}

/** Modules of one name are many, and looking for forty words in it is most of the time spent on a matrix. */
const meanings = new WeakMap<Surroundings, Map<string, Meaning>>()
const mostMeanings = 4_096

interface Meaning {
  readonly embedding: boolean
  /** It is called an embedding, and not what embeds or maps one. */
  readonly isNoun: boolean
  readonly isLinear: boolean
  /** It is how libraries call an embedding, and nothing else. */
  readonly isTable: boolean
  /** It is about patches of a picture, which are projected. */
  readonly isPatch: boolean
}

/** Rows of a vocabulary. Fewer are as often the outputs of a projection. */
const leastVocabulary = 1_000

/** Embeddings of transformers, fairseq, Meta and GPT-2 by their whole names. */
const tables = new Set([
  'wte',
  'wpe',
  'embed_tokens',
  'tok_embeddings',
  'word_embeddings',
  'position_embeddings',
  'token_type_embeddings',
  'embed_positions',
  'relative_attention_bias',
  // llama.cpp
  'token_embd',
  'token_types',
  'position_embd',
  'per_layer_token_embd',
])

/** What the name of a module makes of its matrix. */
function meaningOf(moduleName: string, around: Surroundings): Meaning {
  let known = meanings.get(around)
  if (known === undefined) {
    known = new Map()
    meanings.set(around, known)
  }
  const before = known.get(moduleName)
  if (before !== undefined) return before
  const name = moduleName.toLowerCase()
  // `fc1` is a second `fc`.
  const stem = name.replace(/_?\d{1,4}$/, '')
  const isOther = /bias|token|patch|_feat$|_pos$/.test(name)
  const meaning = {
    embedding: words.embedding.some((word) => name.includes(word)),
    isLinear:
      !isOther && words.linear.some((word) => (word.length < 3 ? stem === word : name.includes(word))),
    isNoun:
      /^embed_(?!.*(?:er|proj)$)|(?:embed(?:s|dings?)?|embs?|wte|wpe|wtt|vocab|lookup|codebook|shared)(?:_?\d{1,4})?$/.test(
        name,
      ),
    isTable: tables.has(name),
    isPatch: name.includes('patch'),
  }
  if (known.size < mostMeanings) known.set(moduleName, meaning)
  return meaning
}

export function parameters(classes: readonly string[], detail: string, reason: string): Recognised {
  return { classes, detail, kinds: { weight: 'parameter', bias: 'parameter' }, reason }
}

/** Bilinear: `weight` [out, in1, in2] and `bias` [out] (torch/nn/modules/linear.py). */
export const bilinear: Layout = {
  id: 'bilinear',
  recognise(view) {
    const weight = view.shape('weight')
    const bias = view.shape('bias')
    if (weight?.length !== 3 || bias?.length !== 1 || bias[0] !== weight[0]) return null
    if (!view.name.toLowerCase().includes('bilinear')) return null
    return parameters(
      ['Bilinear'],
      `${weight[1]}×${weight[2]}→${weight[0]}`,
      'weight [out, in, in] and bias [out]: Bilinear',
    )
  },
}
