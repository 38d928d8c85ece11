import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import type { Dequantiser } from './dequantiser.ts'

/** Rows and columns of a block of DeepSeek-V3's and Qwen3's FP8, whose last ones may be cut off. */
const deepSeekBlock = 128

/**
 * 8-bit floats times a scale: one for all, one for a row, or one for a block of rows and columns (`weight_scale_inv` of
 * DeepSeek, which multiplies too, for all its name).
 */
export const fp8: Dequantiser = {
  recipe({ name, dtype, shape, beside }) {
    if (!dtype.startsWith('F8_') || dtype === 'F8_E8M0' || shape.length !== 2) return null
    const scale = beside(`${name}_scale_inv`) ?? beside(`${name}_scale`)
    if (scale === undefined) return null
    const [rows, columns] = shape as [number, number]
    const size = elementsOf(scale.shape)
    const [high, wide] = scale.shape.length === 2 ? (scale.shape as [number, number]) : [size, 1]
    const blockRows = blockOf(rows, high)
    const blockColumns = blockOf(columns, wide)
    if (blockRows === null || blockColumns === null) return null
    return {
      needs: [scale.name],
      unit: 1,
      values: 1,
      bits: 8,
      start(read) {
        const scales = read.get(scale.name)
        if (scales === undefined) return null
        return (bytes, offset) => {
          const values = doublesOf(bytes, dtype) as Float64Array
          return Float32Array.from(values, (value, i) => {
            const at = offset + i
            const row = Math.floor(at / columns)
            const block = Math.floor(row / blockRows) * wide + Math.floor((at % columns) / blockColumns)
            return value * Math.fround(scales[block] as number)
          })
        }
      },
    }
  },
}

/** Of one dimension: how many share a scale; null where it cannot be told. */
function blockOf(length: number, scales: number): number | null {
  if (scales === 1) return Math.max(1, length)
  if (scales === length) return 1
  if (Math.ceil(length / deepSeekBlock) === scales) return deepSeekBlock
  return length % scales === 0 ? length / scales : null
}
