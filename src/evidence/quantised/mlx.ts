import { elementsOf } from '../../model/tensors/tensor.ts'
import { biasOf } from './compressed-tensors.ts'
import { companionsOf, type PackedLayout, type Reading } from './packed.ts'

/** What `mx.quantize` takes. */
const affine: readonly (readonly [bits: number, group: number])[] = [2, 3, 4, 5, 6, 8].flatMap((bits) =>
  [32, 64, 128].map((group) => [bits, group] as const),
)
const modes = { mxfp4: [4, 32], mxfp8: [8, 32], nvfp4: [4, 16] } as const

/**
 * MLX (mlx.nn.QuantizedLinear, QuantizedEmbedding, SwitchLinear): `weight` U32 […, in·b/32] beside `scales`, and
 * `biases` in the affine mode, […, in/group]; the modes of floats have scales U8 and no biases. Shapes give b·group,
 * which is one pair or a few; the configuration names the pair, for the whole or for a module.
 */
export const mlx: PackedLayout = {
  id: 'mlx',
  *sets({ view, settings }) {
    const weight = view.own.get('weight')
    if (weight?.tensor.dtype !== 'U32' || weight.tensor.shape.length < 2) return
    const scales = view.own.get('scales')
    const biases = view.own.get('biases') ?? view.own.get('qbiases')
    const { shape, elements } = weight.tensor
    const columns = shape.at(-1) ?? 0
    const groups = scales?.tensor.shape.at(-1) ?? 0
    const readings: Reading[] = []
    if (scales !== undefined && scales.tensor.shape.length === shape.length) {
      const pairs = scales.tensor.dtype === 'U8' ? Object.values(modes) : affine
      for (const [bits, group] of pairs) {
        const inputs = groups * group
        if (columns * 32 !== inputs * bits) continue
        const whole = [...shape.slice(0, -1), inputs]
        readings.push({ bits, group, shape: whole, elements: elementsOf(whole), inputs })
      }
    }
    const said = readings.filter(
      ({ bits, group }) => settings.bits === bits && (settings.group === null || settings.group === group),
    )
    const isFloat = scales?.tensor.dtype === 'U8'
    yield {
      scheme: isFloat ? `MLX ${floatMode(readings)}` : 'MLX',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: said.length > 0 ? said : readings,
      least: elements * 4,
      ...(shape.length === 2 ? { outputs: shape[0] as number } : {}),
      companions: companionsOf(view, ['scales', 'biases', 'qbiases'], 'parameter'),
      plain: biasOf(view),
      missing: missing(scales === undefined, biases === undefined, isFloat),
      classes: ['Linear', 'Embedding'],
    }
  },
}

/** The mode's name; the product of bits and group tells which it is. */
function floatMode(readings: readonly Reading[]): string {
  const [one] = readings
  const found = Object.entries(modes).find(([, [bits, group]]) => bits === one?.bits && group === one.group)
  return found?.[0] ?? 'float'
}

function missing(noScales: boolean, noBiases: boolean, isFloat: boolean): string[] {
  if (noScales) return ['scales']
  return noBiases && !isFloat ? ['biases'] : []
}
