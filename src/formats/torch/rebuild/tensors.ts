import { SdinspectError } from '../../../errors.ts'
import { type Chunk, partOf } from '../../../model/chunk.ts'
import { dtypes } from '../../../model/dtype.ts'
import { elementsOf, type Tensor } from '../../../model/tensor.ts'
import type { NoValues, Values } from '../../../model/values.ts'
import type { FoundEntry } from '../objects/state-dicts.ts'
import type { StorageRef, TensorRecord } from './tensor-record.ts'

/** Where the bytes of a storage are. */
export interface StoragePlace {
  /** All of its bytes. */
  readonly chunk: Chunk
  readonly bigEndian: boolean
}

/** Finds the bytes of tensors. */
export interface StoragePlacer {
  /** null where the file keeps none for it (meta tensors). */
  storage(ref: StorageRef): StoragePlace | null
  /** Of bytes in a pickle itself; absent where such bytes have no place in a file. */
  inline?(bytes: Uint8Array): Chunk | null
}

/** Entries as the model has them, in order; a tensor of the same memory as an earlier one is tied to it. */
export function tensorsOf(entries: readonly FoundEntry[], place: StoragePlacer): Tensor[] {
  const firstNames = new Map<string, string>()
  return entries.map(({ name, record }) => {
    const identity = memoryOf(record)
    const first = identity === null ? undefined : firstNames.get(identity)
    if (identity !== null && first === undefined) firstNames.set(identity, name)
    return { name, ...sized(name, record), values: valuesOf(record, place), tiedTo: first ?? null }
  })
}

/** What two entries share when they are one tensor. Empty tensors share no memory, so say nothing. */
function memoryOf(record: TensorRecord): string | null {
  if (record.storage === null || record.shape.includes(0)) return null
  const { key } = record.storage
  const { dtype, offset, shape, strides, conj, neg } = record
  return `${dtype} ${offset} ${shape.join(',')} ${strides?.join(',')} ${conj} ${neg} ${key}`
}

function sized(name: string, record: TensorRecord): Pick<Tensor, 'dtype' | 'shape' | 'elements' | 'bytes'> {
  // torch counts float4_e2m1fn_x2 in pairs, one to a byte.
  const isPaired = record.dtype === 'F4' && record.shape.length > 0
  const shape = isPaired ? [...record.shape.slice(0, -1), 2 * (record.shape.at(-1) as number)] : record.shape
  const elements = elementsOf(shape)
  const bytes =
    record.parts.length > 0
      ? bytesOfParts(record.parts)
      : Math.min(spanBytes(record), byteCount(record.dtype, elements))
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes))
    throw new SdinspectError(
      'format/malformed',
      `tensor ${JSON.stringify(name.slice(0, 200))} of shape [${shape.slice(0, 20).join(', ')}] has over 2^53 elements`,
      { tensor: name },
    )
  return { dtype: record.dtype, shape, elements, bytes }
}

function byteCount(dtype: TensorRecord['dtype'], elements: number): number {
  return Math.ceil((elements * dtypes[dtype].bits) / 8)
}

function bytesOfParts(parts: readonly TensorRecord[]): number {
  return parts.reduce((sum, part) => sum + byteCount(part.dtype, elementsOf(part.shape)), 0)
}

/** Bytes from the first to past the last element: fewer than the elements take for an expanded view. */
function spanBytes(record: TensorRecord): number {
  if (record.strides === null || record.storage === null || record.shape.includes(0))
    return Number.POSITIVE_INFINITY
  const last = record.shape.reduce((sum, length, i) => sum + (length - 1) * (record.strides?.[i] ?? 0), 0)
  return byteCount(record.dtype === 'F4' ? 'U8' : record.dtype, last + 1)
}

/** Where the values of a tensor are. */
function valuesOf(record: TensorRecord, place: StoragePlacer): Values | NoValues {
  if (record.inline !== null) {
    const chunk = place.inline?.(record.inline) ?? null
    return chunk === null ? 'layout not known' : { chunks: [chunk] }
  }
  if (record.storage === null) return record.form === 'meta' ? 'meta' : 'layout not known'
  const found = place.storage(record.storage)
  if (found === null) return 'meta'
  const { bits } = dtypes[record.dtype === 'F4' ? 'U8' : record.dtype]
  const isRowByRow = isContiguous(record)
  // Values of less than a byte can be told apart only where they follow each other from the start of a byte.
  if (bits < 8 && (!isRowByRow || (record.offset * bits) % 8 !== 0)) return 'layout not known'
  const span = spanBytes(record)
  const length = Number.isFinite(span) ? span : 0
  return {
    chunks: [partOf(found.chunk, (record.offset * bits) / 8, length)],
    ...(isRowByRow ? {} : { strides: record.strides ?? [] }),
    ...(found.bigEndian && bits > 8 ? { bigEndian: true } : {}),
    ...(record.conj ? { conj: true } : {}),
    ...(record.neg ? { neg: true } : {}),
  }
}

function isContiguous({ shape, strides }: TensorRecord): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides?.[i] !== expected) return false
    expected *= shape[i] as number
  }
  return true
}
