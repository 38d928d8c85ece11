import { type DType, dtypes } from '../model/tensors/dtype.ts'

/** Elements as JavaScript has them. Complex ones are pairs: the real part, then the imaginary part. */
export type ElementArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

/** A run of a tensor's values. Not to be written to: the bytes may be those of a file in memory. */
export interface ValueWindow {
  /** Of the first byte, counted from the tensor's first value. */
  readonly offset: number
  /** Whole elements, row by row and little-endian. */
  readonly bytes: Uint8Array
  readonly dtype: DType
  /** The same bytes as elements; null for types that JavaScript has no arrays of, as BF16. */
  readonly view: ElementArray | null
}

const arrays = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  QU8: Uint8Array,
  QI8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  U32: Uint32Array,
  I32: Int32Array,
  QI32: Int32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
  C64: Float32Array,
  C128: Float64Array,
} as const satisfies Partial<Record<DType, unknown>>

/** Whether this machine keeps numbers as files of ours do. */
export const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

export function valueWindow(offset: number, bytes: Uint8Array, dtype: DType): ValueWindow {
  const make = (arrays as Partial<Record<DType, (typeof arrays)[keyof typeof arrays]>>)[dtype]
  if (make === undefined || (!isLittleEndian && dtypes[dtype].bits > 8))
    return { offset, bytes, dtype, view: null }
  const size = make.BYTES_PER_ELEMENT
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  const view = new make(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size)
  return { offset, bytes: aligned, dtype, view }
}
