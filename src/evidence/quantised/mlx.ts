import { integerOf, quantisationConfig } from './marker.ts'
import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/**
 * MLX: `weight` U32 [out, in·bits/32] beside `scales` and `biases` [out, in/group] (mlx.nn.QuantizedLinear).
 * The group size is in config.json (`quantization.group_size`); 64 is MLX's default.
 */
export const mlx: QuantisedScheme = {
  id: 'mlx',
  collect(view, subject, claims) {
    const weight = view.own.get('weight')
    const scales = view.own.get('scales')
    if (weight?.tensor.dtype !== 'U32' || scales === undefined) return false
    const packedColumns = weight.tensor.shape.at(-1)
    const groups = scales.tensor.shape.at(-1)
    if (packedColumns === undefined || groups === undefined || groups === 0) return false
    const inputs = groups * (integerOf(quantisationConfig(subject), 'group_size') ?? 64)
    const bits = (packedColumns * 32) / inputs
    const known = Number.isInteger(bits) && bits >= 2 && bits <= 8
    const outer = weight.tensor.shape.slice(0, -1)
    const say = new SchemeClaims(claims, known ? `MLX ${bits}-bit` : 'MLX')
    const shape = known ? [...outer, inputs] : undefined
    say.weight(weight, 'parameter', 'no', known ? (weight.tensor.elements * 32) / bits : null, shape)
    say.bookkeeping(scales, 'parameter')
    say.bookkeeping(view.own.get('biases'), 'parameter')
    say.plain(view.own.get('bias'), 'parameter', null)
    if (shape?.length === 2)
      claims.module(view.node, ['Linear (MLX)', 'Embedding (MLX)'], `${inputs}→${shape[0]}`, 'recognised')
    return true
  },
}
