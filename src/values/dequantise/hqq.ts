import { dtypes } from '../../model/tensors/dtype.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import { type Dequantiser, moduleOf } from './dequantiser.ts'
import { rowOrder, unpackedRows } from './unpacked-rows.ts'

/** Numbers of 3 bits in an I32. */
const threeBitsEach = 10

/**
 * HQQ (hqq/core/quantize.py, bitpack.py): `W_q` U8, or I32 of 3 bits, holds the numbers of runs of rows of the grouped weight
 * beside each other, the first in the high bits. `scale` and `zero` are of a row [groups, 1], or with `axis=0` of a column
 * [1, groups]: a weight is its number less `zero`, times `scale`. Rows of 3 bits are padded to a multiple of ten. With
 * `view_as_float` the bytes are seen as floats.
 */
export const hqq: Dequantiser = {
  recipe(weight) {
    const { scheme, name, shape, dtype, logicalShape, beside } = weight
    if (!scheme.startsWith('HQQ') || !name.endsWith('W_q') || shape.length !== 2) return null
    const module = moduleOf(weight)
    const [scale, zero] = [beside(`${module}scale`), beside(`${module}zero`)]
    const rows = shape[0] as number
    const isFloat = /^(BF16|F16|F32)$/.test(dtype)
    // What is seen as floats has columns of several bytes.
    const columns = (shape[1] as number) * (isFloat ? dtypes[dtype].bits / 8 : 1)
    const elements = elementsOf(logicalShape)
    const isThree = dtype === 'I32'
    const each = isThree ? threeBitsEach : elements / (rows * columns)
    if (scale === undefined || zero === undefined || (dtype !== 'U8' && !isThree && !isFloat)) return null
    if (elementsOf(scale.shape) !== elementsOf(zero.shape) || ![1, 2, 4, 8, threeBitsEach].includes(each))
      return null
    const unpacked = elements / columns
    const isOfRow = sameShape(scale.shape, [unpacked, 1])
    if (!isOfRow && !sameShape(scale.shape, [1, columns])) return null
    if (!Number.isInteger(unpacked) || rows * each < unpacked) return null
    const settings = ['nbits', 'axis'].map((leaf) => beside(module + leaf)).filter((one) => one !== undefined)
    const bits = isThree ? 3 : 8 / each
    const width = isThree ? 4 : 1
    return {
      needs: [scale.name, zero.name, ...settings.map((one) => one.name)],
      unit: width,
      values: each,
      bits,
      ...(!isThree && { order: rowOrder(each, rows, columns) }),
      ...(isThree && { isPadded: true, isUneven: true }),
      start(read) {
        const [factors, points] = [read.get(scale.name), read.get(zero.name)]
        const [said, axis] = ['nbits', 'axis'].map((leaf) => read.get(module + leaf)?.[0])
        if (factors === undefined || points === undefined || (said ?? bits) !== bits) return null
        // Of a single row and column both are alike.
        if (axis !== undefined && axis !== (isOfRow ? 1 : 0) && elementsOf(scale.shape) > 1) return null
        return unpackedRows(
          { width, bits, each, isHighFirst: true, rows, columns },
          (number, row, column) => {
            if (row >= unpacked) return null
            const at = isOfRow ? row : column
            return Math.fround(number - (points[at] as number)) * (factors[at] as number)
          },
        )
      },
    }
  },
}
