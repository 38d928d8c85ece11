import { type DType, dtypes } from '../../../model/tensors/dtype.ts'
import type { StorageRef, TensorRecord, UnreadTensor } from './tensor-record.ts'

export interface StridedView {
  readonly storage: StorageRef
  readonly dtype: DType
  /** In elements. */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly requiresGrad: boolean | null
}

/** A record of nothing but defaults, for the fields that a kind of tensor does not have. */
export const plainRecord = {
  storage: null,
  inline: null,
  strides: null,
  offset: 0,
  requiresGrad: null,
  role: 'tensor',
  persistent: null,
  conj: false,
  neg: false,
  representation: null,
} as const satisfies Partial<TensorRecord>

/**
 * The record of a view of a storage, checked to lie inside it. Sizes and strides are not negative.
 *
 * @param refuse makes the error, given what is wrong with the tensor
 */
export function stridedRecord(
  view: StridedView,
  refuse: (what: string) => Error,
): TensorRecord | UnreadTensor {
  const { storage, dtype, shape, strides } = view
  if (strides.length !== shape.length)
    throw refuse(`has ${shape.length} dimensions and ${strides.length} strides`)
  const { bits } = dtypes[dtype]
  // Counted in elements of the storage, which need not be those of the tensor (_rebuild_tensor_v3).
  const viewOffset = (storage.viewOffset * (storage.unit === 'bytes' ? 8 : dtypes[storage.unit].bits)) / bits
  if (!Number.isInteger(viewOffset)) return { unread: 'a view that begins within an element' }
  const available = Math.floor((storage.reach * 8) / (dtype === 'F4' ? 8 : bits))
  const begin = view.offset + viewOffset
  const end = extent(begin, shape, strides)
  if (end > available && !shape.includes(0))
    throw refuse(
      `of shape [${shape.slice(0, 20).join(', ')}] and strides [${strides.slice(0, 20).join(', ')}] at ${begin} ends at element ` +
        `${Number.isFinite(end) ? end : 'over 2^53'}, past the ${available} of storage ${JSON.stringify(storage.key.slice(0, 100))}`,
    )
  if (!Number.isSafeInteger(shape.reduce((product, length) => product * length, 1)))
    return {
      unread: `an expanded view, shape [${shape.slice(0, 20).join(', ')}], of ${end - begin} stored elements of ${dtype}`,
    }
  return { ...plainRecord, dtype, shape, strides, offset: begin, storage, requiresGrad: view.requiresGrad }
}

/** One past the last element that a view reaches. Infinity where a double does not hold it. */
function extent(begin: number, shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return begin
  let last = begin
  shape.forEach((length, i) => {
    last += (length - 1) * (strides[i] as number)
  })
  return Number.isSafeInteger(last) ? last + 1 : Number.POSITIVE_INFINITY
}
