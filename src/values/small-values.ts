import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { codeTableOf } from './statistics/code-table.ts'
import { valueWindow } from './value-window.ts'

/**
 * Values as numbers; null for types that are none, complex ones among them. Integers beyond 2^53 are rounded.
 *
 * @param bytes of all of them, row by row and little-endian
 */
export function numbersOf(bytes: Uint8Array, dtype: DType): readonly number[] | null {
  const { bits } = dtypes[dtype]
  const table = bits === 8 || bits === 16 ? codeTableOf(dtype) : null
  if (table !== null) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: (bytes.length * 8) / bits }, (_, i) => {
      const code = bits === 8 ? view.getUint8(i) : view.getUint16(2 * i, true)
      return table.values[code] as number
    })
  }
  const { view } = valueWindow(0, bytes, dtype)
  return view === null || dtype === 'C64' || dtype === 'C128' ? null : Array.from(view, Number)
}
