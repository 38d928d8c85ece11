import type { ValueOrder } from './dequantiser.ts'

/** Numbers of which several lie in an element, each from another run of rows of the unpacked tensor. */
export interface RowPacking {
  /** Bytes of an element. */
  readonly width: 1 | 4
  /** Bits of a number. */
  readonly bits: number
  /** Numbers of an element. */
  readonly each: number
  /** The first number is in the high bits. */
  readonly isHighFirst: boolean
  /** Of what is packed. */
  readonly rows: number
  readonly columns: number
}

/** Where those numbers stand in the unpacked tensor, where all of it is packed. */
export function rowOrder(each: number, rows: number, columns: number): ValueOrder {
  return {
    span: each * rows * columns,
    place(at) {
      const element = Math.floor(at / each)
      return (Math.floor(element / columns) + (at % each) * rows) * columns + (element % columns)
    },
  }
}

/**
 * Works out the numbers of some bytes, row after row of what is packed: number k of an element in row r is that of row
 * `r + k * rows` of the unpacked tensor.
 *
 * @param value of a number in a row and a column of the unpacked tensor; null where that row is padding
 */
export function unpackedRows(
  { width, bits, each, isHighFirst, rows, columns }: RowPacking,
  value: (number: number, row: number, column: number) => number | null,
): (bytes: Uint8Array, offset: number) => Float32Array {
  const mask = 2 ** bits - 1
  return (bytes, offset) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const values = new Float32Array((bytes.length / width) * each)
    let filled = 0
    for (let at = 0; at < bytes.length; at += width) {
      const element = width === 1 ? view.getUint8(at) : view.getUint32(at, true)
      const index = (offset + at) / width
      const row = Math.floor(index / columns)
      for (let k = 0; k < each; k++) {
        const shift = bits * (isHighFirst ? each - 1 - k : k)
        const found = value((element >>> shift) & mask, row + k * rows, index % columns)
        if (found !== null) values[filled++] = found
      }
    }
    return values.subarray(0, filled)
  }
}
