import type { DType } from '../../model/tensors/dtype.ts'

/** `TensorProto.DataType` (onnx.proto). */
export const elementTypes: ReadonlyMap<number, DType> = new Map([
  [1, 'F32'],
  [2, 'U8'],
  [3, 'I8'],
  [4, 'U16'],
  [5, 'I16'],
  [6, 'I32'],
  [7, 'I64'],
  [9, 'BOOL'],
  [10, 'F16'],
  [11, 'F64'],
  [12, 'U32'],
  [13, 'U64'],
  [14, 'C64'],
  [15, 'C128'],
  [16, 'BF16'],
  [17, 'F8_E4M3'],
  [18, 'F8_E4M3FNUZ'],
  [19, 'F8_E5M2'],
  [20, 'F8_E5M2FNUZ'],
  [21, 'U4'],
  [22, 'I4'],
  [23, 'F4'],
  [24, 'F8_E8M0'],
  [25, 'U2'],
  [26, 'I2'],
  [27, 'F6_E2M3'],
  [28, 'F6_E3M2'],
])

export const stringType = 8
