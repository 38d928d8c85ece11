import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/** BitNet in transformers: `weight` U8 [out/4, in], four ternary weights a byte, beside `weight_scale` [1]: buffers. */
export const bitnet: QuantisedScheme = {
  id: 'bitnet',
  collect(view, _subject, claims) {
    const weight = view.own.get('weight')
    const scale = view.own.get('weight_scale')
    if (weight?.tensor.dtype !== 'U8' || scale?.tensor.elements !== 1 || weight.tensor.shape.length !== 2)
      return false
    const [rows = 0, inputs = 0] = weight.tensor.shape
    const say = new SchemeClaims(claims, 'BitNet 1.58-bit')
    say.weight(weight, 'buffer', 'no', weight.tensor.elements * 4, [rows * 4, inputs])
    say.bookkeeping(scale, 'buffer')
    say.plain(view.own.get('bias'), 'buffer', 'no')
    claims.module(view.node, ['Linear (BitNet)'], `${inputs}→${rows * 4}`, 'recognised')
    return true
  },
}
