import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import type { Dequantiser, PackedWeight, Recipe } from './dequantiser.ts'
import { rowOrder, unpackedRows } from './unpacked-rows.ts'

/**
 * optimum-quanto (quanto/tensor/qbits.py, packed.py). 8 bits: `weight._data` I8 or F8 [out, in] times `weight._scale` [out, 1]. 4 and
 * 2 bits: `weight._data._data` U8 holds the numbers of runs of rows of the grouped weight beside each other, the first in the
 * low bits; a weight is its number times `_scale` of its row, less `_shift`.
 */
export const quanto: Dequantiser = {
  recipe(weight) {
    if (!weight.scheme.startsWith('quanto')) return null
    return weight.name.endsWith('._data._data') ? packed(weight) : eightBits(weight)
  },
}

function eightBits({ name, dtype, shape, beside }: PackedWeight): Recipe | null {
  const scale = beside(name.replace(/_data$/, '_scale'))
  const rows = shape[0] ?? 0
  if (!name.endsWith('._data') || scale === undefined || elementsOf(scale.shape) !== rows) return null
  if (dtype !== 'I8' && !dtype.startsWith('F8_')) return null
  const columns = elementsOf(shape) / rows
  return {
    needs: [scale.name],
    unit: 1,
    values: 1,
    bits: 8,
    start(read) {
      const factors = read.get(scale.name)
      if (factors === undefined) return null
      return (bytes, offset) =>
        Float32Array.from(
          doublesOf(bytes, dtype) as Float64Array,
          (value, i) => value * (factors[Math.floor((offset + i) / columns)] as number),
        )
    },
  }
}

function packed({ name, dtype, shape, logicalShape, beside }: PackedWeight): Recipe | null {
  const stem = name.slice(0, -'_data._data'.length)
  const [scale, shift] = [beside(`${stem}_scale`), beside(`${stem}_shift`)]
  const [rows, columns] = shape
  if (dtype !== 'U8' || scale === undefined || shift === undefined) return null
  if (rows === undefined || columns === undefined || shape.length !== 2) return null
  const unpacked = elementsOf(scale.shape)
  const each = elementsOf(logicalShape) / (rows * columns)
  // Integers of a shift are taken away before the scale.
  const isFloat = /^(?:F|BF)/.test(shift.dtype)
  if (
    (each !== 2 && each !== 4) ||
    unpacked !== rows * each ||
    elementsOf(shift.shape) !== unpacked ||
    !isFloat
  )
    return null
  return {
    needs: [scale.name, shift.name],
    unit: 1,
    values: each,
    bits: 8 / each,
    order: rowOrder(each, rows, columns),
    start(read) {
      const [factors, shifts] = [read.get(scale.name), read.get(shift.name)]
      if (factors === undefined || shifts === undefined) return null
      return unpackedRows(
        { width: 1, bits: 8 / each, each, isHighFirst: false, rows, columns },
        (number, row) => Math.fround(number * (factors[row] as number)) - (shifts[row] as number),
      )
    },
  }
}
