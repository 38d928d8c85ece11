import { type Dequantiser, moduleOf } from './dequantiser.ts'
import { isWholeWidth, numbersInBytes, numbersInWords } from './words.ts'

/** What zero points are stored less than they are, by `checkpoint_format`. */
const lessBy: ReadonlyMap<unknown, number> = new Map(Object.entries({ gptq: 1, gptq_v2: 0 }))

/**
 * GPTQ: `qweight` I32 [in·b/32, out], eight 4-bit numbers of one column in a word; `qzeros` I32 [groups, out·b/32],
 * `scales` [groups, out], `g_idx` [in] says which group a row is of. The zero points are stored less one, as AutoGPTQ and
 * GPTQModel write them by default (`checkpoint_format: gptq`); `gptq_v2` stores them as they are.
 */
export const gptq: Dequantiser = {
  recipe(weight) {
    const { scheme, name, shape, beside } = weight
    if (!scheme.startsWith('GPTQ') || !name.endsWith('.qweight') || shape.length !== 2) return null
    const module = moduleOf(weight)
    const [scales, zeros, index] = ['scales', 'qzeros', 'g_idx'].map((leaf) => beside(module + leaf))
    const [words, outs] = shape as [number, number]
    const inputs = weight.logicalShape[0] === outs ? weight.logicalShape[1] : weight.logicalShape[0]
    const bits = (words * 32) / (inputs ?? 0)
    if (scales === undefined || zeros === undefined || !isWholeWidth(bits)) return null
    const each = 32 / bits
    const groups = scales.shape[0] as number
    const said = weight.said('checkpoint_format')
    const less = said === undefined ? 1 : lessBy.get(said)
    if (less === undefined) return null
    const perGroup = Math.ceil((inputs as number) / groups)
    return {
      needs: [scales.name, zeros.name, ...(index === undefined ? [] : [index.name])],
      unit: 4,
      values: each,
      start(read) {
        const factors = read.get(scales.name)
        const packed = read.get(zeros.name)
        if (factors === undefined || packed === undefined) return null
        const points = numbersInWords(packed, bits)
        const groupOf = index === undefined ? undefined : read.get(index.name)
        return (bytes, offset) => {
          const numbers = numbersInBytes(bytes, bits)
          return Float32Array.from(numbers, (number, i) => {
            const word = offset / 4 + Math.floor(i / each)
            const row = Math.floor(word / outs) * each + (i % each)
            const column = word % outs
            const group = groupOf?.[row] ?? Math.floor(row / perGroup)
            const at = group * outs + column
            // The highest zero point wraps around when one is added, and the kernels let it.
            const zero = ((points[at] as number) + less) & (2 ** bits - 1)
            return (factors[at] as number) * (number - zero)
          })
        }
      },
    }
  },
}
