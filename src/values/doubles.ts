import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { codeTableOf } from './statistics/code-table.ts'
import { valueWindow } from './value-window.ts'

/** Whether values of a type are numbers that doubles hold, complex ones as pairs; 64-bit integers are rounded. */
export function areDoubles(dtype: DType): boolean {
  return doublesOf(new Uint8Array(0), dtype) !== null
}

/**
 * Values as doubles, complex ones as pairs; null for types that are no numbers by themselves (blocks of ggml, raw bits).
 *
 * @param bytes whole elements, little-endian
 */
export function doublesOf(bytes: Uint8Array, dtype: DType): Float64Array | null {
  const { bits } = dtypes[dtype]
  const half = dtype === 'C32' ? 'F16' : dtype
  const table = bits <= 16 || dtype === 'C32' ? codeTableOf(half)?.values : undefined
  if (table !== undefined) return ofCodes(bytes, table)
  const { view } = valueWindow(0, bytes, dtype)
  if (view === null) return null
  return view instanceof Float64Array ? view : Float64Array.from(view as ArrayLike<number>, Number)
}

/** By the number of codes: of 16, 8, 4 or 2 bits; the first in the low bits. */
function ofCodes(bytes: Uint8Array, table: Float64Array): Float64Array | null {
  if (table.length === 256) return Float64Array.from(bytes, (code) => table[code] as number)
  if (table.length === 65_536) {
    const doubles = new Float64Array(bytes.length >> 1)
    for (let i = 0; i < doubles.length; i++)
      doubles[i] = table[(bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8)] as number
    return doubles
  }
  const bits = Math.log2(table.length)
  if (8 % bits !== 0) return null
  const doubles = new Float64Array((bytes.length * 8) / bits)
  const [each, mask] = [8 / bits, table.length - 1]
  for (let i = 0; i < doubles.length; i++)
    doubles[i] = table[((bytes[Math.floor(i / each)] as number) >> ((i % each) * bits)) & mask] as number
  return doubles
}
