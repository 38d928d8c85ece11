import type { ConvertedAs, PublishedName, PublishedNames } from '../published-names.ts'
import { nameTable } from './name-table.ts'
import { originalOf } from './originals.ts'

/** Metadata of a GGUF file, as a report keeps it. */
type Metadata = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>

/**
 * Whose converters lay the rows of q and k for rotary embeddings that turn neighbours, where transformers turns the halves of
 * a head (`LlamaModel.permute` of llama.cpp's conversion, and the classes that inherit or call it).
 */
const turningNeighbours: ReadonlySet<string> = new Set([
  'llama',
  'mistral3',
  'granite',
  'granitemoe',
  'granitehybrid',
  'arcee',
  'smollm3',
  'minicpm',
  'olmo',
  'arctic',
  'deepseek',
  'deci',
])

/** Whose norms get 1 added: transformers computes with `1 + weight` (Gemma, Qwen3-Next), NeMo's `layernorm1p` does (Nemotron). */
const addingOne: ReadonlySet<string> = new Set([
  'gemma',
  'gemma2',
  'gemma3',
  'gemma-embedding',
  'nemotron',
  'qwen3next',
  'qwen35',
  'qwen35moe',
])

/** Whose `query_key_value` has q, k and v head by head, or group by group. */
const regrouping: ReadonlySet<string> = new Set(['falcon', 'bloom', 'gptneox'])

/** Tensors of other libraries that converters split, by the end of their names, and what into (below `blk.#`). */
const splits: ReadonlyMap<string, readonly string[]> = new Map([
  ['mlp.experts.gate_up_proj', ['ffn_gate_exps', 'ffn_up_exps']],
  ['feed_forward.experts.gate_up_proj', ['ffn_gate_exps', 'ffn_up_exps']],
  ['block_sparse_moe.input_linear', ['ffn_gate_exps', 'ffn_up_exps']],
  ['shared_mlp.input_linear', ['ffn_gate_shexp', 'ffn_up_shexp']],
  ['self_attn.kv_b_proj', ['attn_k_b', 'attn_v_b']],
  ['attention.wqkv', ['attn_q', 'attn_k', 'attn_v']],
  ['self_attn.W_pack', ['attn_q', 'attn_k', 'attn_v']],
  ['attn.kv', ['attn_k', 'attn_v']],
])

/** Endings that converters write otherwise before they look a name up. */
const endings: readonly (readonly [RegExp, string])[] = [
  [/\.gamma$/, '.weight'],
  [/\.beta$/, '.bias'],
  [/\.dt_bias$/, '.dt_proj.bias'],
  [/\.e_score_correction_bias$/, '.e_score_correction.bias'],
  [/_proj_bias$/, '_proj.bias'],
]

/** What stands around a model or a part of one: taken off, or put on, a name is looked up again. */
const wrappers = ['model', 'language_model', 'text_model', 'bert', 'roberta', 'distilbert', 'transformer']
const mostWrappers = 3
const longestName = 400

/** The published names of a GGUF file with this metadata. */
export function publishedNames(metadata: Metadata): PublishedNames {
  const key = 'general.architecture'
  const named = metadata instanceof Map ? metadata.get(key) : (metadata as Record<string, unknown>)[key]
  const architecture = typeof named === 'string' ? named : ''
  return {
    candidates,
    splitInto,
    originalOf: (name) => originalOf(architecture, name),
    converter: 'llama.cpp',
    library: 'transformers',
    convertedAs: (name) => convertedAs(name, architecture),
    turnsNeighbours: turningNeighbours.has(architecture),
  }
}

function convertedAs(name: string, architecture: string): ConvertedAs | null {
  if (/^blk\.\d+\.ssm_a$/.test(name)) return 'minus-exp'
  if (regrouping.has(architecture) && /^blk\.\d+\.attn_qkv\./.test(name)) return 'regrouped'
  if (!addingOne.has(architecture) || !/norm\.weight$/.test(name)) return null
  // The norm inside a linear attention is another class.
  return /\.ssm_norm\.weight$/.test(name) ? null : 'one-added'
}

/** By block, and what follows it: names in a GGUF file. */
type Table = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
let table: Table | undefined

function tableOf(): Table {
  if (table !== undefined) return table
  const made = new Map<string, Map<string, readonly string[]>>()
  let rows = new Map<string, readonly string[]>()
  for (const line of nameTable.split('\n')) {
    if (line.startsWith('[')) {
      rows = new Map()
      made.set(line.slice(1, -1), rows)
    } else if (line !== '') {
      const [theirs, ...ours] = line.split(' ')
      rows.set(theirs as string, ours)
    }
  }
  table = made
  return made
}

function candidates(name: string): readonly PublishedName[] {
  if (name.length > longestName) return []
  const [module, suffix] = moduleAndSuffix(name)
  const found: PublishedName[] = []
  for (const [path, isAdapted] of variants(module)) {
    for (const [whole, part] of stackOf(path))
      for (const ours of lookedUp(whole)) {
        // Converters give a parameter without a suffix of its own one, or none.
        const names = suffix === '' ? [ours, `${ours}.weight`] : [ours + suffix]
        for (const each of names) found.push({ name: each, part, isAdapted })
      }
    if (found.length > 0) return found
  }
  return found
}

function moduleAndSuffix(name: string): readonly [module: string, suffix: string] {
  const written = endings.reduce((text, [pattern, ending]) => text.replace(pattern, ending), name)
  const found = /\.(?:weight|bias)$/.exec(written)
  return found === null ? [written, ''] : [written.slice(0, found.index), found[0]]
}

/** The name as it stands, out of what wraps it, and then inside what may. */
function* variants(module: string): Generator<readonly [path: string, isAdapted: boolean]> {
  yield [module, false]
  const bare = [module]
  for (let i = 0; i < mostWrappers; i++) {
    const [path] = bare
    const dot = path?.indexOf('.') ?? -1
    if (path === undefined || dot < 0 || !wrappers.includes(path.slice(0, dot))) break
    bare.unshift(path.slice(dot + 1))
    yield [path.slice(dot + 1), true]
  }
  for (const path of bare) for (const wrapper of ['model', 'transformer']) yield [`${wrapper}.${path}`, true]
}

/** Without the number of an expert, or of a head with a norm of its own, that converters stack. */
function stackOf(path: string): readonly (readonly [path: string, part: number | null])[] {
  const found = /^(.*\.(?:experts|[qk]_layernorm))\.(?:norms\.)?(\d{1,6})(\..*)?$/.exec(path)
  if (found === null) return [[path, null]]
  const [, before, number, after = ''] = found
  return [[`${before}${after}`, Number(number)]]
}

function lookedUp(path: string): readonly string[] {
  const blocks = tableOf()
  const plain = blocks.get('')?.get(path)
  if (plain !== undefined) return plain
  for (const [block, number, rest] of blocksIn(path)) {
    const found = blocks.get(block)?.get(rest)
    if (found !== undefined) return found.map((short) => inBlock(short, number))
  }
  return []
}

/** Where `path` may be parted at a number of a block. */
function* blocksIn(path: string): Generator<readonly [block: string, number: string, rest: string]> {
  for (const { 0: number, index } of path.matchAll(/(?<=\.)(?:0|[1-9]\d*)(?=\.)/g))
    yield [`${path.slice(0, index)}#`, number, path.slice(index + number.length + 1)]
}

function inBlock(short: string, number: string): string {
  if (short.startsWith('/')) return short.slice(1)
  const stack = /^(?:enc|dec)\./.exec(short)?.[0] ?? ''
  return `${stack}blk.${number}.${short.slice(stack.length)}`
}

function splitInto(name: string): readonly string[] {
  if (name.length > longestName) return []
  const [module, suffix] = moduleAndSuffix(name)
  for (const [, number, rest] of blocksIn(module)) {
    const parts = splits.get(rest)
    if (parts !== undefined) return parts.map((part) => inBlock(part, number) + (suffix || '.weight'))
  }
  return []
}
