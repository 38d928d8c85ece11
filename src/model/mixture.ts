import type { Plain, PlainMap } from './checkpoint.ts'
import { logicalElements } from './modules/aggregate.ts'
import type { MixtureReport, TensorReport } from './report.ts'

/** What the configuration says of the experts of each layer. */
interface Experts {
  readonly count: number
  readonly perToken: number
  /** Layers of the model itself: those above predict further tokens and are no part of it. */
  readonly layers: number | null
}

/** Names that configurations of transformers give the number of routed experts, and how many a token uses. */
const countKeys = [
  'n_routed_experts',
  'num_local_experts',
  'num_experts',
  'moe_num_experts',
  'num_routed_experts',
]
const perTokenKeys = [
  'num_experts_per_tok',
  'num_experts_per_token',
  'experts_per_token',
  'moe_top_k',
  'moe_k',
  'moe_topk',
]
/** Where a configuration of several parts keeps that of the language model, or of its layers. */
const innerKeys = ['text_config', 'llm_config', 'language_config', 'ffn_config']

/**
 * Parameters that one token uses in a mixture of experts: all of the model, and of the routed experts the share
 * `perToken / count`. null where the configuration does not say both, or the tensors do not fit it. The count is that of
 * the model's own layers: those that predict further tokens (DeepSeek's MTP) are left out of both numbers.
 *
 * @param stated what the file itself says of its experts, where there is no configuration
 */
export function mixtureOf(
  tensors: Iterable<TensorReport>,
  config: PlainMap | undefined,
  stated?: { readonly count: number; readonly perToken: number },
): MixtureReport | null {
  const experts = (config === undefined ? null : expertsOf(config)) ?? expertsStated(stated)
  if (experts === null) return null
  let total = 0
  let routed = 0
  let besides = 0
  // Numbers of the experts in each list of them.
  const lists = new Map<string, Set<number>>()
  let isStacked = false
  for (const tensor of tensors) {
    if (tensor.tiedTo !== null) continue
    const weights = logicalElements(tensor)
    if (weights === 0) continue
    const segments = tensor.name.split('.')
    if (isBeyond(segments, experts.layers)) {
      besides += weights
      continue
    }
    total += weights
    const at = expertIn(segments)
    if (at >= 0) {
      const list = segments.slice(0, at).join('.')
      const numbers = lists.get(list) ?? new Set()
      lists.set(list, numbers.add(Number(segments[at])))
      routed += weights
    } else if (isStack(tensor, segments, experts.count)) {
      isStacked = true
      routed += weights
    } else if (isOtherStack(tensor, segments)) return null
  }
  // Each list has to have all experts, as often as the others, or the share says nothing: some models have lists of several
  // lengths, of which the configuration's number is one.
  const isWhole = isStacked
    ? lists.size === 0
    : [...lists.values()].every(({ size }) => size === experts.count)
  if (routed === 0 || !isWhole || routed % experts.count !== 0) return null
  return {
    experts: experts.count,
    expertsPerToken: experts.perToken,
    parameters: total,
    activeParameters: total - routed + (routed / experts.count) * experts.perToken,
    ...(besides === 0 ? {} : { besides }),
  }
}

function expertsOf(config: PlainMap): Experts | null {
  const inner = innerKeys.map((key) => config.get(key)).filter((value) => value instanceof Map)
  const find = (keys: readonly string[]): number | null => {
    for (const part of [config, ...inner])
      for (const key of keys) {
        const value = whole(part.get(key))
        if (value !== null) return value
      }
    return null
  }
  const count = find(countKeys)
  const perToken = find(perTokenKeys)
  if (count === null || perToken === null || count < 2 || perToken >= count) return null
  const layers = find(['num_nextn_predict_layers']) === null ? null : find(['num_hidden_layers'])
  return { count, perToken, layers }
}

function expertsStated(stated: Parameters<typeof mixtureOf>[2]): Experts | null {
  if (stated === undefined || stated.count < 2 || stated.perToken >= stated.count) return null
  return { ...stated, layers: null }
}

function whole(value: Plain | undefined): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null
}

/** Whether a tensor belongs to a layer past the last of the model. */
function isBeyond(segments: readonly string[], layers: number | null): boolean {
  if (layers === null) return false
  const at = segments.indexOf('layers')
  return at >= 0 && isNumber(segments[at + 1]) && Number(segments[at + 1]) >= layers
}

/** Where the number of a routed expert is, `7` of `experts.7`; -1 where there is none. Shared ones stand under another name. */
function expertIn(segments: readonly string[]): number {
  for (let at = 1; at < segments.length; at++)
    if (segments[at - 1] === 'experts' && isNumber(segments[at])) return at
  return -1
}

/** Whether one tensor holds a part of all experts: they are its first dimension, or multiply it. */
function isStack({ shape, quantised }: TensorReport, segments: readonly string[], count: number): boolean {
  const [first] = quantised?.logicalShape ?? shape
  if (first === undefined) return false
  const owners = segments.slice(0, -1)
  // A scale of each.
  if (shape.length < 2) return owners.includes('experts') && first === count
  // DBRX has those of all experts in one matrix, one below the other.
  if (owners.includes('experts') || segments.at(-1)?.startsWith('experts_'))
    return shape.length === 2 ? first % count === 0 : first === count
  // ggml's: `ffn_gate_exps.weight`; the shared ones end in `_shexp`.
  if (owners.at(-1)?.endsWith('_exps')) return first === count
  // gpt-oss's own names, granite's: `mlp.mlp1_weight`, `block_sparse_moe.input_linear.weight`.
  return (
    first === count &&
    (shape.length >= 3 || /_bias$/.test(segments.at(-1) ?? '')) &&
    owners.some((name) => /moe|mlp|ffn/.test(name))
  )
}

/** Whether it holds a part of experts, of another number of them. */
function isOtherStack({ shape }: TensorReport, segments: readonly string[]): boolean {
  return shape.length >= 3 && segments.slice(0, -1).includes('experts')
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^[0-9]{1,6}$/.test(text)
}
