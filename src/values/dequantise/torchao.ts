import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import type { Dequantiser } from './dequantiser.ts'

/**
 * torchao, tensors of 8 bits an element: `_qdata` I8 or F8 [out, in], less `_zero_point` where there is one, times `_scale` [out, groups]
 * of its block. The library rounds the product to the type of the model.
 */
export const torchao: Dequantiser = {
  recipe({ scheme, name, dtype, shape, beside }) {
    if (!/^torchao (?:Int8Tensor|Float8Tensor|IntxUnpackedToInt8Tensor)\b/.test(scheme)) return null
    const stem = name.slice(0, -'qdata'.length)
    const [scale, zero] = [beside(`${stem}scale`), beside(`${stem}zero_point`)]
    const [rows, columns] = shape
    if (!name.endsWith('_qdata') || scale === undefined || rows === undefined || columns === undefined)
      return null
    if (shape.length !== 2 || (dtype !== 'I8' && !dtype.startsWith('F8_'))) return null
    const scales = elementsOf(scale.shape)
    const wide = scales === 1 ? 1 : scale.shape.length === 2 ? (scale.shape[1] as number) : 1
    // One for all, or so many of each row.
    if ((scales !== 1 && scales !== rows * wide) || columns % wide !== 0) return null
    if (zero !== undefined && elementsOf(zero.shape) !== scales) return null
    const group = columns / wide
    return {
      needs: [scale.name, ...(zero === undefined ? [] : [zero.name])],
      unit: 1,
      values: 1,
      bits: 8,
      start(read) {
        const factors = read.get(scale.name)
        const points = zero === undefined ? undefined : read.get(zero.name)
        if (factors === undefined) return null
        return (bytes, offset) =>
          Float32Array.from(doublesOf(bytes, dtype) as Float64Array, (value, i) => {
            const at = scales === 1 ? 0 : Math.floor((offset + i) / group)
            return (value - (points?.[at] ?? 0)) * (factors[at] as number)
          })
      },
    }
  },
}
