import { elementsOf } from '../../model/tensors/tensor.ts'
import type { Dequantiser, PackedWeight, Recipe } from './dequantiser.ts'

/**
 * bitsandbytes. 8-bit: `weight` I8 [out, in] times `SCB` [out], by 127. 4-bit (nf4, fp4): two numbers a byte, the first in
 * the high bits, each an index into `quant_map`, times the `absmax` of a block; where `absmax` is a byte, it is an
 * index into `nested_quant_map`, times `nested_absmax` of its own block, and an offset.
 */
export const bitsandbytes: Dequantiser = {
  recipe(weight) {
    if (!weight.scheme.startsWith('bitsandbytes')) return null
    return weight.dtype === 'I8' ? eightBit(weight) : fourBit(weight)
  },
}

/** Its kernels multiply by this and do not divide. */
const by127 = Math.fround(7.874015718698502e-3)

function eightBit({ name, shape, beside }: PackedWeight): Recipe | null {
  const scale = beside(name.replace(/weight$/, 'SCB'))
  const [rows, columns] = shape
  if (scale === undefined || rows === undefined || columns === undefined || shape.length !== 2) return null
  return {
    needs: [scale.name],
    unit: 1,
    values: 1,
    bits: 8,
    start(read) {
      const scales = read.get(scale.name)
      if (scales?.length !== rows) return null
      return (bytes, offset) => {
        const numbers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
        return Float32Array.from(
          numbers,
          (number, i) => Math.fround(number * (scales[Math.floor((offset + i) / columns)] as number)) * by127,
        )
      }
    },
  }
}

function fourBit({ name, logicalShape, beside }: PackedWeight): Recipe | null {
  const own = (leaf: string) => beside(`${name}.${leaf}`)
  const [absmax, map] = [own('absmax'), own('quant_map')]
  const state = own('quant_state.bitsandbytes__nf4') ?? own('quant_state.bitsandbytes__fp4')
  if (absmax === undefined || map === undefined || state === undefined) return null
  const [nested, nestedMap] = [own('nested_absmax'), own('nested_quant_map')]
  const elements = elementsOf(logicalShape)
  return {
    needs: [absmax.name, map.name, state.name, ...[nested, nestedMap].flatMap((one) => one?.name ?? [])],
    unit: 1,
    values: 2,
    bits: 4,
    start(read) {
      const settings = settingsIn(read.get(state.name))
      const codes = read.get(map.name)
      const largest = read.get(absmax.name)
      if (settings === null || codes?.length !== 16 || largest === undefined) return null
      const { blocksize, nested_blocksize: nestedSize, nested_offset: shift = 0 } = settings
      const factors = read.get(nested?.name ?? '')
      const nestedCodes = read.get(nestedMap?.name ?? '')
      if (absmax.dtype === 'U8' && (factors === undefined || nestedCodes === undefined || !nestedSize))
        return null
      const absmaxAt = (block: number): number => {
        const stored = largest[block] as number
        if (absmax.dtype !== 'U8') return stored
        const factor = factors?.[Math.floor(block / (nestedSize as number))] as number
        return Math.fround(Math.fround((nestedCodes?.[stored] as number) * factor) + Math.fround(shift))
      }
      return (bytes, offset) => {
        // An odd number of weights leaves half a byte.
        const count = Math.min(2 * bytes.length, elements - 2 * offset)
        const values = new Float32Array(Math.max(0, count))
        for (let i = 0; i < values.length; i++) {
          const byte = bytes[i >> 1] as number
          const code = i % 2 === 0 ? byte >> 4 : byte & 15
          values[i] = (codes[code] as number) * absmaxAt(Math.floor((2 * offset + i) / blocksize))
        }
        return values
      }
    },
  }
}

interface Settings {
  readonly blocksize: number
  readonly nested_blocksize?: number
  readonly nested_offset?: number
}

/** A small JSON text in bytes. */
function settingsIn(bytes: Float64Array | undefined): Settings | null {
  if (bytes === undefined || bytes.length > 4_096) return null
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes)))
    const { blocksize, nested_blocksize, nested_offset } = said as Record<string, unknown>
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
    if (!isCount(blocksize)) return null
    return {
      blocksize,
      ...(isCount(nested_blocksize) && { nested_blocksize }),
      ...(typeof nested_offset === 'number' && { nested_offset }),
    }
  } catch {
    return null
  }
}
