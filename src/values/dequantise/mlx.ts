import { doublesOf } from '../doubles.ts'
import { type Dequantiser, leafOf, moduleOf, type PackedWeight, type Recipe } from './dequantiser.ts'
import { powersOf } from './powers.ts'
import { numbersInBytes, packingOf } from './words.ts'

/**
 * MLX: `weight` U32 […, in·b/32], the first number in the low bits, and what follows it in the next, across the borders of
 * words. Affine: times `scales` plus `biases` of its group. mxfp4, mxfp8 and nvfp4 have no `biases`: floats of 4 or 8 bits, times
 * `scales` U8 of their group, which are powers of two (32 weights) or floats of 8 bits (16).
 */
export const mlx: Dequantiser = {
  recipe(weight) {
    const { scheme, beside } = weight
    if (scheme.split(' ')[0] !== 'MLX' || weight.dtype !== 'U32' || leafOf(weight) !== 'weight') return null
    return beside(`${moduleOf(weight)}scales`)?.dtype === 'U8' ? floats(weight) : affine(weight)
  },
}

function affine(weight: PackedWeight): Recipe | null {
  const { shape, logicalShape, beside } = weight
  const module = moduleOf(weight)
  const [scales, biases] = [beside(`${module}scales`), beside(`${module}biases`)]
  const [inputs, words] = [logicalShape.at(-1) ?? 0, shape.at(-1) ?? 0]
  const bits = (words * 32) / inputs
  const groups = scales?.shape.at(-1) ?? 0
  const packing = packingOf(bits)
  if (scales === undefined || biases === undefined || packing === null || inputs % groups !== 0) return null
  const group = inputs / groups
  return {
    needs: [scales.name, biases.name],
    ...packing,
    bits,
    start(read) {
      const [factors, added] = [read.get(scales.name), read.get(biases.name)]
      if (factors === undefined || added === undefined) return null
      return (bytes, offset) =>
        Float32Array.from(numbersInBytes(bytes, bits), (number, i) => {
          const at = Math.floor(((offset * 8) / bits + i) / group)
          return Math.fround(number * (factors[at] as number)) + (added[at] as number)
        })
    },
  }
}

function floats(weight: PackedWeight): Recipe | null {
  const { shape, beside } = weight
  const scales = beside(`${moduleOf(weight)}scales`)
  // Bits times the weights of a group: which of the three it is.
  const product = (32 * (shape.at(-1) ?? 0)) / (scales?.shape.at(-1) ?? 0)
  const mode = modes.get(product)
  if (scales === undefined || mode === undefined) return null
  const { type, bits, group } = mode
  const unit = (group * bits) / 8
  return {
    needs: [scales.name],
    unit,
    values: group,
    bits,
    start(read) {
      const stored = read.get(scales.name)
      if (stored === undefined) return null
      const factors = group === 16 ? doublesOf(Uint8Array.from(stored), 'F8_E4M3') : powersOf(stored)
      return (bytes, offset) => {
        const values = doublesOf(bytes, type) as Float64Array
        const first = (offset / unit) * group
        return Float32Array.from(
          values,
          (value, i) => value * (factors?.[Math.floor((first + i) / group)] as number),
        )
      }
    },
  }
}

interface Mode {
  readonly type: 'F4' | 'F8_E4M3'
  readonly bits: number
  /** Weights that share a scale. */
  readonly group: number
}

const modes: ReadonlyMap<number, Mode> = new Map<number, Mode>([
  [64, { type: 'F4', bits: 4, group: 16 }],
  [128, { type: 'F4', bits: 4, group: 32 }],
  [256, { type: 'F8_E4M3', bits: 8, group: 32 }],
])
