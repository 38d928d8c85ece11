import { sameShape } from '../../model/tensors/shape.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import { type Dequantiser, moduleOf } from './dequantiser.ts'

/** Rows and columns of a block of DeepSeek-V3's and Qwen3's FP8, whose last ones may be cut off. */
const deepSeekBlock = 128

/**
 * 8-bit floats times a scale: one for all, one for a row, or one for a block of rows and columns (`weight_scale_inv` of
 * DeepSeek, which multiplies too, for all its name). 8-bit integers so, less a zero point where there is one (`int-quantized` of
 * compressed-tensors, modelopt); those that ComfyUI marks may be turned, or two to a byte.
 */
export const scaledBytes: Dequantiser = {
  recipe(weight) {
    const { name, dtype, shape, beside, scheme } = weight
    const isFloat = dtype.startsWith('F8_') && dtype !== 'F8_E8M0'
    const isWhole =
      dtype === 'I8' && scheme === 'INT8' && beside(`${moduleOf(weight)}comfy_quant`) === undefined
    if ((!isFloat && !isWhole) || shape.length !== 2) return null
    const scale = beside(`${name}_scale_inv`) ?? beside(`${name}_scale`)
    const zero = isWhole ? beside(`${name}_zero_point`) : undefined
    if (scale === undefined || (zero !== undefined && !sameShape(zero.shape, scale.shape))) return null
    const [rows, columns] = shape as [number, number]
    const size = elementsOf(scale.shape)
    const [high, wide] = scale.shape.length === 2 ? (scale.shape as [number, number]) : [size, 1]
    const blockRows = blockOf(rows, high)
    const blockColumns = blockOf(columns, wide)
    if (blockRows === null || blockColumns === null) return null
    return {
      needs: [scale.name, ...(zero === undefined ? [] : [zero.name])],
      unit: 1,
      values: 1,
      bits: 8,
      start(read) {
        const scales = read.get(scale.name)
        const points = zero && read.get(zero.name)
        if (scales === undefined) return null
        return (bytes, offset) => {
          const values = doublesOf(bytes, dtype) as Float64Array
          return Float32Array.from(values, (value, i) => {
            const at = offset + i
            const row = Math.floor(at / columns)
            const block = Math.floor(row / blockRows) * wide + Math.floor((at % columns) / blockColumns)
            return (value - (points?.[block] ?? 0)) * Math.fround(scales[block] as number)
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
