import type { Surroundings } from '../surroundings.ts'
import type { Layout, Recognised } from './layout.ts'

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
    if (weight?.length !== 2 || !view.isLeaf) return null
    const [rows = 0, columns = 0] = weight
    const bias = view.shape('bias')
    if (bias !== undefined) {
      if (bias.length !== 1 || !view.only('weight', 'bias')) return null
      if (bias[0] === rows) {
        const square = rows === columns
        const conv1d = square && /^c_(attn|proj|fc)$/.test(view.name)
        return parameters(
          conv1d ? ['Conv1D', 'Linear'] : ['Linear'],
          `${columns}→${rows}`,
          'weight [out, in] and bias [out]: Linear',
        )
      }
      if (bias[0] === columns)
        return parameters(
          ['Conv1D'],
          `${rows}→${columns}`,
          'weight [in, out] and bias [out]: Conv1D of transformers',
        )
      return null
    }
    if (!view.only('weight')) return null
    const { embedding, isLinear } = meaningOf(view.word, around)
    const as = `${rows}×${columns}`
    if (embedding && !isLinear)
      return parameters(['Embedding'], as, 'a leaf module with one matrix [rows, width]: Embedding')
    if (isLinear && !embedding)
      return parameters(
        ['Linear'],
        `${columns}→${rows}`,
        'a leaf module with one matrix [out, in]: Linear without bias',
      )
    return parameters(
      ['Linear', 'Embedding'],
      as,
      'a leaf module with one matrix: Linear without bias, or Embedding',
    )
  },
}

/** Modules of one name are many, and looking for forty words in it is most of the time spent on a matrix. */
const meanings = new WeakMap<Surroundings, Map<string, Meaning>>()
const mostMeanings = 4_096

interface Meaning {
  readonly embedding: boolean
  readonly isLinear: boolean
}

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
  const meaning = {
    embedding: words.embedding.some((word) => name.includes(word)),
    isLinear: words.linear.some((word) => (word.length < 3 ? name === word : name.includes(word))),
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
