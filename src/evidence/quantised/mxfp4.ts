import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/**
 * MXFP4 (gpt-oss): `X_blocks` U8 […, groups, 16] holds two weights a byte, `X_scales` U8 […, groups] one
 * exponent for 32 of them; Parameters with requires_grad=False. `X_bias` is plain.
 */
export const mxfp4: QuantisedScheme = {
  id: 'mxfp4',
  collect(view, _subject, claims) {
    const say = new SchemeClaims(claims, 'MXFP4')
    let found = false
    for (const blocks of view.own.values()) {
      if (!blocks.leaf.endsWith('_blocks') || blocks.tensor.dtype !== 'U8') continue
      const stem = blocks.leaf.slice(0, -'_blocks'.length)
      const scales = view.own.get(`${stem}_scales`)
      const { shape, elements } = blocks.tensor
      if (scales === undefined || scales.tensor.shape.length !== shape.length - 1) continue
      found = true
      say.weight(blocks, 'parameter', 'no', elements * 2)
      say.bookkeeping(scales, 'parameter')
      say.plain(view.own.get(`${stem}_bias`), 'parameter', null)
    }
    return found
  },
}
