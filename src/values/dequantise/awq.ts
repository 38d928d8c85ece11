import { type Dequantiser, moduleOf } from './dequantiser.ts'
import { numbersInBytes, numbersInWords } from './words.ts'

/** Which column of eight the numbers of a word are, from the low bits on (AutoAWQ, `packing_utils.py`). */
const order = [0, 2, 4, 6, 1, 3, 5, 7] as const

/** AWQ: `qweight` I32 [in, out/8], `qzeros` I32 [groups, out/8], `scales` [groups, out]. */
export const awq: Dequantiser = {
  recipe(weight) {
    const { scheme, name, shape, beside } = weight
    if (!scheme.startsWith('AWQ') || !name.endsWith('.qweight') || shape.length !== 2) return null
    const module = moduleOf(weight)
    const [scales, zeros] = [beside(`${module}scales`), beside(`${module}qzeros`)]
    const [inputs, words] = shape as [number, number]
    const outs = words * 8
    if (scales === undefined || zeros === undefined || scales.shape.at(-1) !== outs) return null
    const perGroup = Math.ceil(inputs / (scales.shape[0] as number))
    return {
      needs: [scales.name, zeros.name],
      unit: 4,
      values: 8,
      bits: 4,
      isTransposed: true,
      order: { span: 8, place: (at) => at - (at & 7) + (order[at & 7] as number) },
      start(read) {
        const factors = read.get(scales.name)
        const packed = read.get(zeros.name)
        if (factors === undefined || packed === undefined) return null
        const points = numbersInWords(packed, 4)
        return (bytes, offset) =>
          Float32Array.from(numbersInBytes(bytes, 4), (number, i) => {
            const word = offset / 4 + (i >> 3)
            const group = Math.floor(Math.floor(word / words) / perGroup)
            const column = (word % words) * 8
            const zero = points[group * outs + column + (i & 7)] as number
            return (factors[group * outs + column + (order[i & 7] as number)] as number) * (number - zero)
          })
      },
    }
  },
}
