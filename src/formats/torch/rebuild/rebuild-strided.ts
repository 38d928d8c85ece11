import type { PickleCall, PickleValue } from '../../../codec/pickle-value.ts'
import type { DType } from '../../../model/tensors/dtype.ts'
import { rowByRow } from '../../../model/tensors/shape.ts'
import { flag, malformed, shown, sizes } from './rebuild-arguments.ts'
import { stridedRecord } from './strided.ts'
import type { StorageRef, TensorRecord, UnreadTensor } from './tensor-record.ts'

/** A view of a storage, from the arguments that all of torch's rebuild functions for one have. */
export function strided(
  call: PickleCall,
  storage: StorageRef | undefined,
  dtype: DType | undefined,
  [offset, size, stride]: readonly (PickleValue | undefined)[],
  requiresGrad: PickleValue | undefined,
): TensorRecord | UnreadTensor {
  if (storage === undefined) throw malformed(call, 'has no storage')
  if (dtype === undefined) return { unread: 'a tensor of an element type that is not known' }
  if (typeof offset !== 'number' || offset < 0)
    throw malformed(call, `has the storage offset ${offset === undefined ? 'of nothing' : shown(offset)}`)
  const shape = sizes(call, size, 'shape')
  // `set_` of torch takes none, or none for any number of dimensions, for row by row.
  const given = stride === null ? [] : sizes(call, stride, 'strides')
  const strides = given.length === 0 ? rowByRow(shape) : given
  const view = { storage, dtype, offset, shape, strides, requiresGrad: flag(requiresGrad) }
  return stridedRecord(view, (what) => malformed(call, what))
}
