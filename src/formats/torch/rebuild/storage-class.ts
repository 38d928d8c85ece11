import type { PickleGlobal } from '../../../codec/pickle-value.ts'
import { type DType, dtypeOfTorch } from '../../../model/tensors/dtype.ts'

// torch/storage.py, _dtype_to_storage_type_map: a closed list, newer element types come untyped.
const classes: ReadonlyMap<string, DType> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
  ['ComplexDoubleStorage', 'C128'],
  ['ComplexFloatStorage', 'C64'],
  ['QInt8Storage', 'QI8'],
  ['QInt32Storage', 'QI32'],
  ['QUInt8Storage', 'QU8'],
  ['QUInt4x2Storage', 'QU4X2'],
  ['QUInt2x4Storage', 'QU2X4'],
])

const modules = new Set(['torch', 'torch.cuda', 'torch.storage'])

/** The element type of a storage class; `bytes` for an untyped one, undefined for what is no storage class. */
export function storageElementType(global: PickleGlobal): DType | 'bytes' | undefined {
  if (!modules.has(global.module)) return undefined
  if (/^_?UntypedStorage$/.test(global.name)) return 'bytes'
  return classes.get(global.name)
}

/** The element type of a `torch.float32` in a pickle. */
export function elementType(global: PickleGlobal): DType | undefined {
  return global.module === 'torch' ? dtypeOfTorch(global.name) : undefined
}

// torch.FloatTensor and its kin, which files of torch 0.1 to 0.3 name.
/** The element type of an old tensor class. */
export function tensorClassElementType(global: PickleGlobal): DType | undefined {
  if (global.module !== 'torch' && global.module !== 'torch.cuda') return undefined
  const name = /^([A-Za-z0-9]+)Tensor$/.exec(global.name)?.[1]
  return name === undefined ? undefined : classes.get(`${name}Storage`)
}
