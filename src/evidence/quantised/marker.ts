import type { PlainMap } from '../../model/checkpoint.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { Subject } from '../source.ts'

/** Names that only quantised layouts give to tensors. */
const markerNames = new Set([
  'qweight',
  'qzeros',
  'g_idx',
  'SCB',
  'weight_packed',
  'weight_zero_point',
  'weight_scale_inv',
  'W_q',
  'quant_map',
  'nested_quant_map',
  'bitsandbytes__nf4',
  'bitsandbytes__fp4',
  '_packed_params',
  'tables2',
  'qscales',
  'trellis',
])
const markerEndings = ['_blocks', '_qdata', '_packed', '_zero_point']

const found = new WeakMap<Subject, string | null>()

/** What in the checkpoint says that it is quantised: a name, a config key; null when nothing does. */
export function quantisationMarker(subject: Subject): string | null {
  let marker = found.get(subject)
  if (marker === undefined) {
    marker = findMarker(subject)
    found.set(subject, marker)
  }
  return marker
}

function findMarker(subject: Subject): string | null {
  if (quantisationConfig(subject) !== null) return 'quantization_config'
  for (const key of subject.checkpoint.metadata.keys()) {
    if (key.startsWith('gptq_') || key.startsWith('auto_gptq')) return key
  }
  const { tensors } = subject.stateDict
  for (let index = 0; index < tensors.length; index++) {
    const tensor = tensors[index] as Tensor
    const leaf = subject.tree.leaves[index] as string
    if (markerNames.has(leaf)) return leaf
    if (
      tensor.shape.length > 1 &&
      leaf.includes('_') &&
      markerEndings.some((ending) => leaf.endsWith(ending))
    )
      return leaf
    if ((tensor.dtype === 'U8' || tensor.dtype === 'I8' || tensor.dtype === 'U32') && leaf === 'weight')
      return `${tensor.dtype} weight`
  }
  return null
}

/** The quantisation settings beside the weights, wherever the producer puts them. */
export function quantisationConfig({ checkpoint }: Subject): PlainMap | null {
  const { config, quantizeConfig } = checkpoint.side
  for (const candidate of [
    config?.get('quantization_config'),
    config?.get('compression_config'),
    config?.get('quantization'),
    textConfig(config)?.get('quantization_config'),
    quantizeConfig,
  ]) {
    if (candidate instanceof Map) return candidate
  }
  return null
}

function textConfig(config: PlainMap | undefined): PlainMap | null {
  const text = config?.get('text_config')
  return text instanceof Map ? text : null
}

/** A whole number of a config, or null. */
export function integerOf(config: PlainMap | null, key: string): number | null {
  const value = config?.get(key)
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null
}
