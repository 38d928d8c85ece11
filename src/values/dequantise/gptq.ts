import { type Dequantiser, moduleOf } from './dequantiser.ts'
import { numbersInBytes, numbersInWords } from './words.ts'

/** What zero points are stored less than they are, by `checkpoint_format`. */
const lessBy: ReadonlyMap<unknown, number> = new Map(Object.entries({ gptq: 1, gptq_v2: 0 }))

/**
 * GPTQ: `qweight` I32 [in·b/32, out], the numbers of a column one after the other in its words: eight of 4 bits in one, 32 of 3
 * bits in three; `qzeros` I32 [groups, out·b/32] so along its rows, `scales` [groups, out], `g_idx` [in] says which group a row is
 * of. The zero points are stored less one, as AutoGPTQ and GPTQModel write them by default (`checkpoint_format: gptq`);
 * `gptq_v2` stores them as they are.
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
    // Planar layouts of 5 to 7 bits have the same shapes.
    if (scales === undefined || zeros === undefined || ![2, 3, 4, 8].includes(bits)) return null
    const groups = scales.shape[0] as number
    if (zeros.shape[1] !== (outs * bits) / 32) return null
    const said = weight.said('checkpoint_format')
    const less = said === undefined ? 1 : lessBy.get(said)
    if (less === undefined) return null
    const perGroup = Math.ceil((inputs as number) / groups)
    /** Words of a column that hold whole numbers, and how many these are. */
    const column = bits === 3 ? 3 : 1
    const each = (column * 32) / bits
    return {
      needs: [scales.name, zeros.name, ...(index === undefined ? [] : [index.name])],
      unit: 4 * column * (column === 1 ? 1 : outs),
      values: each * (column === 1 ? 1 : outs),
      bits,
      isTransposed: true,
      order: {
        span: each * outs,
        place(at) {
          const word = Math.floor(at / each)
          return (Math.floor(word / outs) * each + (at % each)) * outs + (word % outs)
        },
      },
      start(read) {
        const factors = read.get(scales.name)
        const packed = read.get(zeros.name)
        if (factors === undefined || packed === undefined) return null
        const points = numbersInWords(packed, bits)
        const groupOf = index === undefined ? undefined : read.get(index.name)
        const value = (number: number, row: number, out: number): number => {
          const group = groupOf?.[row] ?? Math.floor(row / perGroup)
          const at = group * outs + out
          // The highest zero point wraps around when one is added, and the kernels let it.
          const zero = ((points[at] as number) + less) & (2 ** bits - 1)
          return (factors[at] as number) * (number - zero)
        }
        if (column === 1)
          return (bytes, offset) =>
            Float32Array.from(numbersInBytes(bytes, bits), (number, i) => {
              const word = offset / 4 + Math.floor(i / each)
              return value(number, Math.floor(word / outs) * each + (i % each), word % outs)
            })
        return (bytes, offset) => {
          const values = new Float32Array((bytes.length / (4 * column * outs)) * each * outs)
          const words = new Uint8Array(4 * column)
          let filled = 0
          for (let at = 0; at < bytes.length; at += 4 * column * outs)
            for (let out = 0; out < outs; out++) {
              for (let k = 0; k < column; k++)
                words.set(bytes.subarray(at + 4 * (k * outs + out), at + 4 * (k * outs + out) + 4), 4 * k)
              const first = ((offset + at) / (4 * column * outs)) * each
              for (const number of numbersInBytes(words, bits)) {
                values[filled] = value(number, first + (filled % each), out)
                filled++
              }
            }
          return values
        }
      },
    }
  },
}
