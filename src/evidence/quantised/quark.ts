import { biasOf } from './compressed-tensors.ts'
import { companionsOf, type PackedLayout, type Reading } from './packed.ts'

/**
 * AMD Quark (quark/torch/export/nn/modules, pack.py): `weight` I32 beside `weight_scale`. By group it is transposed,
 * [in, out/8] with scales [in/group, out]; by channel or tensor [out, in/8].
 */
export const quark: PackedLayout = {
  id: 'quark',
  *sets({ view }) {
    const weight = view.own.get('weight')
    const scale = view.own.get('weight_scale')
    if (weight?.tensor.dtype !== 'I32' || scale === undefined || weight.tensor.shape.length !== 2) return
    const [rows = 0, columns = 0] = weight.tensor.shape
    const scales = scale.tensor.shape
    const readings: Reading[] = []
    const add = (bits: number, out: number, inputs: number) =>
      readings.push({ bits, shape: [out, inputs], elements: out * inputs, inputs })
    for (const bits of [4, 2, 8]) {
      const each = 32 / bits
      if (scales.length === 2 && scales[1] === columns * each && rows % (scales[0] as number) === 0)
        add(bits, columns * each, rows)
    }
    if (readings.length === 0 && (scale.tensor.elements === 1 || scale.tensor.elements === rows))
      for (const bits of [4, 2, 8]) add(bits, rows, columns * (32 / bits))
    const inBytes = 4
    yield {
      scheme: 'Quark',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings,
      least: weight.tensor.elements * inBytes,
      companions: companionsOf(
        view,
        ['weight_scale', 'weight_zero_point', 'input_scale', 'output_scale', 'bias_scale', 'weight_scale_2'],
        'buffer',
      ),
      plain: biasOf(view),
      classes: ['Linear'],
    }
  },
}
