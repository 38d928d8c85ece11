import { elementsOf } from '../../model/tensors/tensor.ts'
import { biasOf } from './compressed-tensors.ts'
import { companionsOf, isFloat8, type PackedLayout, type Reading } from './packed.ts'

/**
 * optimum-quanto (quanto/tensor): the weight is taken apart below its name. 8 bits: `weight._data` I8 or F8 [out, in],
 * `weight._scale`. 4 and 2 bits: `weight._data._data` U8, packed along the first dimension of the grouped weight, beside
 * `weight._scale` and `weight._shift` [groups, 1]: rows of the scale over rows of the data are the weights in a byte.
 * `input_scale` and `output_scale` of the module are buffers.
 */
export const quanto: PackedLayout = {
  id: 'quanto',
  *sets({ view }) {
    // The module of these is the weight itself: the layer is above it.
    if (view.name !== 'weight' || view.parent === undefined) return
    const packed = view.child('_data')?.own.get('_data')
    const plain = view.own.get('_data')
    const scale = view.own.get('_scale')
    const weight = packed ?? plain
    if (weight === undefined) return
    const { dtype, shape, elements } = weight.tensor
    const isWhole = plain !== undefined && packed === undefined && (dtype === 'I8' || isFloat8(dtype))
    const readings: Reading[] = []
    if (isWhole)
      readings.push({
        bits: 8,
        shape,
        elements,
        ...(shape.length === 2 ? { inputs: shape[1] as number } : {}),
      })
    else if (packed !== undefined && scale !== undefined && dtype === 'U8') {
      const rows = shape[0] ?? 0
      const groups = scale.tensor.shape[0] ?? 0
      // Rows are padded to whole bytes.
      for (const each of [2, 4])
        if (rows === Math.ceil(groups / each))
          readings.push({ bits: 8 / each, elements: groups * elementsOf(shape.slice(1)) })
    }
    yield {
      scheme: 'quanto',
      weight,
      kind: 'parameter',
      trainable: null,
      readings,
      least: elements,
      companions: [
        ...companionsOf(view, ['_scale', '_shift', '_zeropoint'], 'other', null),
        ...companionsOf(view.parent, ['input_scale', 'output_scale'], 'buffer'),
      ],
      plain: biasOf(view.parent),
      missing: scale === undefined ? ['_scale'] : [],
    }
  },
}
