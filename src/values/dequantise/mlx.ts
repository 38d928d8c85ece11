import { type Dequantiser, leafOf, moduleOf } from './dequantiser.ts'
import { isWholeWidth, numbersInBytes } from './words.ts'

/** MLX, affine: `weight` U32 […, in·b/32], the first number in the low bits, times `scales` plus `biases` of its group. */
export const mlx: Dequantiser = {
  recipe(weight) {
    const { scheme, shape, logicalShape, beside } = weight
    if (scheme.split(' ')[0] !== 'MLX' || weight.dtype !== 'U32' || leafOf(weight) !== 'weight') return null
    const module = moduleOf(weight)
    const [scales, biases] = [beside(`${module}scales`), beside(`${module}biases`)]
    const [inputs, words] = [logicalShape.at(-1) ?? 0, shape.at(-1) ?? 0]
    const bits = (words * 32) / inputs
    const groups = scales?.shape.at(-1) ?? 0
    if (scales === undefined || biases === undefined || !isWholeWidth(bits) || inputs % groups !== 0)
      return null
    const group = inputs / groups
    return {
      needs: [scales.name, biases.name],
      unit: 4,
      values: 32 / bits,
      start(read) {
        const [factors, added] = [read.get(scales.name), read.get(biases.name)]
        if (factors === undefined || added === undefined) return null
        return (bytes, offset) =>
          Float32Array.from(numbersInBytes(bytes, bits), (number, i) => {
            const at = Math.floor(((offset * 8) / bits + i) / group)
            return number * (factors[at] as number) + (added[at] as number)
          })
      },
    }
  },
}
