import type { DType } from '../model/tensors/dtype.ts'

/** NumPy's types of numbers, by their names without the byte order (`numpy.dtype.str`). */
export const numpyTypes: ReadonlyMap<string, DType> = new Map([
  ['f2', 'F16'],
  ['f4', 'F32'],
  ['f8', 'F64'],
  ['i1', 'I8'],
  ['i2', 'I16'],
  ['i4', 'I32'],
  ['i8', 'I64'],
  ['u1', 'U8'],
  ['u2', 'U16'],
  ['u4', 'U32'],
  ['u8', 'U64'],
  ['b1', 'BOOL'],
  ['c8', 'C64'],
  ['c16', 'C128'],
])

/** NumPy's own limit of dimensions. */
export const numpyDimensions = 64

/** The distances of values in Fortran's order, in elements: the first index runs fastest. */
export function columnByColumn(shape: readonly number[]): number[] {
  let stride = 1
  return shape.map((length) => {
    const own = stride
    stride *= length
    return own
  })
}
