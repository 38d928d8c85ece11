import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/**
 * Block-scaled FP8 (DeepSeek-V3, transformers FP8Linear): `weight` F8 beside `weight_scale_inv`, both
 * Parameters. Experts of one tensor keep the suffix on their own names: `gate_up_proj_scale_inv`.
 */
export const fineGrainedFp8: QuantisedScheme = {
  id: 'fine-grained-fp8',
  collect(view, _subject, claims) {
    const say = new SchemeClaims(claims, 'FP8 block-scaled')
    let found = false
    for (const scale of view.own.values()) {
      if (!scale.leaf.endsWith('_scale_inv')) continue
      const weight = view.own.get(scale.leaf.slice(0, -'_scale_inv'.length))
      if (weight === undefined || weight.tensor.dtype?.startsWith('F8') !== true) continue
      found = true
      say.weight(weight, 'parameter', null, weight.tensor.elements, weight.tensor.shape)
      say.bookkeeping(scale, 'parameter', null)
      const [out, inputs] = weight.tensor.shape
      if (weight.leaf === 'weight' && weight.tensor.shape.length === 2)
        claims.module(view.node, ['Linear (FP8)'], `${inputs}→${out}`, 'recognised')
    }
    if (found) say.plain(view.own.get('bias'), 'parameter', null)
    return found
  },
}
