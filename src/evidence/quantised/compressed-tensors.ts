import type { PlainMap } from '../../model/checkpoint.ts'
import { integerOf, quantisationConfig } from './marker.ts'
import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

const companions = [
  'weight_scale',
  'weight_zero_point',
  'weight_global_scale',
  'weight_shape',
  'weight_g_idx',
  'input_scale',
  'input_zero_point',
  'input_global_scale',
  'output_scale',
  'output_zero_point',
  'k_scale',
  'v_scale',
  'q_scale',
]

/**
 * compressed-tensors and fbgemm: `weight_packed` (or an 8-bit `weight`) beside `weight_scale` and others, all
 * registered as Parameters with requires_grad=False (compressed_tensors/quantization/lifecycle/initialize.py).
 */
export const compressedTensors: QuantisedScheme = {
  id: 'compressed-tensors',
  collect(view, subject, claims) {
    const packed = view.own.get('weight_packed')
    const weight = packed ?? view.own.get('weight')
    if (weight === undefined || !view.own.has('weight_scale')) return false
    const { dtype, elements, shape } = weight.tensor
    const eightBit = dtype === 'F8_E4M3' || dtype === 'F8_E5M2' || dtype === 'I8'
    if (packed === undefined && !eightBit) return false

    const bits =
      packed === undefined ? 8 : dtype === 'U8' ? 4 : (weightBits(quantisationConfig(subject)) ?? 4)
    const perElement = packed === undefined ? 1 : dtype === 'U8' ? 2 : Math.floor(32 / bits)
    const floating = dtype === 'F8_E4M3' || dtype === 'F8_E5M2'
    const name = packed === undefined ? (floating ? 'FP8' : 'INT8') : `compressed-tensors ${bits}-bit`
    const say = new SchemeClaims(claims, name)
    const rows = shape[0] ?? 0
    const columns = (shape[1] ?? 0) * perElement
    say.weight(
      weight,
      'parameter',
      'no',
      elements * perElement,
      shape.length === 2 ? [rows, columns] : undefined,
    )
    for (const leaf of companions) say.bookkeeping(view.own.get(leaf), 'parameter')
    say.plain(view.own.get('bias'), 'parameter', null)
    if (shape.length === 2) claims.module(view.node, [`Linear (${name})`], `${columns}→${rows}`, 'recognised')
    return true
  },
}

/** `config_groups.*.weights.num_bits`, where all groups agree. */
function weightBits(config: PlainMap | null): number | null {
  const groups = config?.get('config_groups')
  if (!(groups instanceof Map)) return null
  let bits: number | null = null
  for (const group of groups.values()) {
    const weights = group instanceof Map ? group.get('weights') : null
    const found = weights instanceof Map ? integerOf(weights, 'num_bits') : null
    if (found === null || (bits !== null && bits !== found)) return null
    bits = found
  }
  return bits
}
