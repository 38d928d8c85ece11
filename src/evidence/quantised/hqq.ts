import { biasOf } from './compressed-tensors.ts'
import type { PackedLayout, Reading } from './packed.ts'

/**
 * HQQ (mobiusml/hqq, core/quantize.py, own `state_dict`): `W_q` U8 [groups·b/8, group] (3 bits: I32, ten a number,
 * padded) beside `scale` and `zero` [groups, 1] and its settings as tensors. Every group has one scale, so the count
 * is scales × columns.
 */
export const hqq: PackedLayout = {
  id: 'hqq',
  *sets({ view }) {
    const weight = view.own.get('W_q')
    if (weight === undefined) return
    const scale = view.own.get('scale')
    const [rows = 0, columns = 0] = weight.tensor.shape
    const groups = scale?.tensor.elements ?? 0
    const readings: Reading[] = []
    if (weight.tensor.shape.length === 2 && groups > 0 && groups >= rows) {
      const each = groups / rows
      const bits = weight.tensor.dtype === 'I32' ? 3 : 8 / each
      if (weight.tensor.dtype === 'I32' ? Math.ceil(groups / 10) === rows : [1, 2, 4, 8].includes(each))
        readings.push({ bits, group: columns, elements: groups * columns })
    }
    const companions = view.own.values().filter((own) => own !== weight && own.leaf !== 'bias')
    yield {
      scheme: 'HQQ',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings,
      least: weight.tensor.elements,
      companions: companions.map((own) => ({ own, kind: 'other' as const })),
      plain: biasOf(view),
      missing: scale === undefined && !view.own.has('meta') ? ['scale'] : [],
      classes: ['Linear'],
    }
  },
}
