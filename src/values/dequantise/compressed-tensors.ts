import { elementsOf } from '../../model/tensors/tensor.ts'
import { type Dequantiser, moduleOf, type StoredTensor } from './dequantiser.ts'
import { numbersInBytes, numbersInWords, type Packing, packingOf } from './words.ts'

/**
 * compressed-tensors, `pack-quantized` (compressed_tensors/compressors/pack_quantized): `weight_packed` I32 [out, words], the first
 * number of a row in the low bits, less half their range. `weight_scale` is one for all, or [out, groups] of the inputs, which
 * `weight_g_idx` may order. `weight_zero_point` is packed so down its columns, or I8 as the scales are. Since 0.20 numbers
 * cross the borders of words; before, a word held whole ones.
 */
export const compressedTensors: Dequantiser = {
  recipe(weight) {
    const { scheme, name, dtype, shape, logicalShape, beside } = weight
    const bits = Number(/^compressed-tensors (\d)-bit/.exec(scheme)?.[1])
    if (!name.endsWith('weight_packed') || dtype !== 'I32' || shape.length < 2) return null
    const [columns, inputs] = [shape.at(-1) ?? 0, logicalShape.at(-1) ?? 0]
    const packing = rowPackingOf(bits, columns, inputs)
    const [scale, zero, index] = ['weight_scale', 'weight_zero_point', 'weight_g_idx'].map((leaf) =>
      beside(moduleOf(weight) + leaf),
    )
    if (packing === null || scale === undefined) return null
    const rows = elementsOf(logicalShape) / inputs
    const isOne = elementsOf(scale.shape) === 1
    const groups = isOne ? 1 : elementsOf(scale.shape) / rows
    if (!Number.isInteger(groups) || (zero !== undefined && !isZeroOf(zero, scale, rows, bits))) return null
    const perGroup = Math.ceil(inputs / groups)
    const half = 2 ** (bits - 1)
    return {
      needs: [scale, zero, index].flatMap((one) => one?.name ?? []),
      ...packing,
      bits,
      start(read) {
        const factors = read.get(scale.name)
        const stored = zero && read.get(zero.name)
        const groupOf = index && read.get(index.name)
        if (factors === undefined) return null
        const points = zero?.dtype === 'I32' && stored ? downColumns(stored, rows, groups, bits) : stored
        return (bytes, offset) => {
          const first = (offset / packing.unit) * packing.values
          return Float32Array.from(numbersOf(bytes, bits, packing), (number, i) => {
            const [row, column] = [Math.floor((first + i) / inputs), (first + i) % inputs]
            // An order that was never set is one of -1.
            const said = groupOf?.[column] ?? -1
            const at = isOne ? 0 : row * groups + (said < 0 ? Math.floor(column / perGroup) : said)
            return (number - half - (points?.[at] ?? 0)) * (factors[at] as number)
          })
        }
      },
    }
  },
}

/** How numbers lie in rows of so many words; null where they fill these in neither version's way, or in both. */
function rowPackingOf(bits: number, columns: number, inputs: number): Packing | null {
  const dense = packingOf(bits)
  if (dense === null) return null
  const each = Math.floor(32 / bits)
  const isDense = columns === Math.ceil((inputs * bits) / 32)
  if (each * bits !== 32 && columns === Math.ceil(inputs / each))
    return isDense || inputs % each !== 0 ? null : { unit: 4, values: each }
  if (!isDense) return null
  return (inputs * bits) % 32 === 0 ? dense : { unit: 4 * columns, values: inputs }
}

/** The numbers of whole units, without what fills these up. */
function numbersOf(bytes: Uint8Array, bits: number, { unit, values }: Packing): Uint8Array {
  if (values * bits === unit * 8) return numbersInBytes(bytes, bits)
  const numbers = new Uint8Array((bytes.length / unit) * values)
  for (let at = 0; at < bytes.length; at += unit)
    numbers.set(numbersInBytes(bytes.subarray(at, at + unit), bits).subarray(0, values), (at / unit) * values)
  return numbers
}

/** Whether they are of as many rows and groups as the scales. */
function isZeroOf(zero: StoredTensor, scale: StoredTensor, rows: number, bits: number): boolean {
  if (zero.dtype !== 'I32') return elementsOf(zero.shape) === elementsOf(scale.shape)
  const [high, wide] = zero.shape
  return zero.shape.length === 2 && high === Math.ceil((rows * bits) / 32) && wide === scale.shape.at(-1)
}

/** Zero points [rows, groups], whose columns were packed. */
function downColumns(words: Float64Array, rows: number, groups: number, bits: number): Float64Array {
  const points = new Float64Array(rows * groups)
  for (let group = 0; group < groups; group++) {
    const own = words.filter((_, at) => at % groups === group)
    const numbers = numbersInWords(own, bits)
    for (let row = 0; row < rows; row++)
      points[row * groups + group] = (numbers[row] as number) - 2 ** (bits - 1)
  }
  return points
}
