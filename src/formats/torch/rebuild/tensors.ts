import { SdinspectError } from '../../../errors.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { type Part, partsOf, type Representation, withParts } from '../../../model/tensors/representation.ts'
import { elementsOf, type Tensor } from '../../../model/tensors/tensor.ts'
import { type Chunk, partOf } from '../../../model/values/chunk.ts'
import type { NoValues, Values } from '../../../model/values/values.ts'
import type { InlineValues, NamedRecord, RecordPart, StorageRef, TensorRecord } from './tensor-record.ts'

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
  /** Of values in the pickle itself; null where they have no place in the file. */
  inline(data: InlineValues['data']): Chunk | null
}

/** Entries as the model has them, in order; a tensor of the same memory as an earlier one is tied to it. */
export function tensorsOf(entries: readonly NamedRecord[], place: StoragePlacer): Tensor[] {
  const firstNames = new Map<string, string>()
  const representations = new Map<object, Representation>()
  return entries.map(({ name, record, tied }) => {
    const identity = memoryOf(record)
    const first = identity === null ? undefined : firstNames.get(identity)
    if (identity !== null && first === undefined) firstNames.set(identity, name)
    const tensor = {
      name,
      ...sized(name, record),
      values: valuesOf(record, place),
      tiedTo: first ?? tied ?? null,
    }
    if (record.representation === null)
      return isFlatParameter(name, record) ? { ...tensor, representation: flatParameter(record) } : tensor
    let representation = representations.get(record.representation)
    if (representation === undefined) {
      representation = placed(record.representation, place)
      representations.set(record.representation, representation)
    }
    return { ...tensor, representation }
  })
}

/**
 * What FSDP1 puts in the place of the parameters of a module: all of them in one row, of which each process has a
 * part (torch/distributed/fsdp/_flat_param.py; fairscale numbers them).
 */
function isFlatParameter(name: string, { shape }: TensorRecord): boolean {
  return shape.length === 1 && /(^|\.)_?flat_param(_\d+)?$/.test(name)
}

function flatParameter({ shape }: TensorRecord): Representation {
  return { kind: 'shard', of: 'FlatParameter', localShape: shape, parts: [] }
}

/** A representation whose parts have places. */
function placed(representation: Representation<RecordPart>, place: StoragePlacer): Representation {
  return withParts(representation, placedParts(partsOf(representation), place))
}

/** Inner tensors with their places. */
export function placedParts(parts: readonly RecordPart[], place: StoragePlacer): Part[] {
  return parts.map(({ name, record }) => {
    const { dtype, shape } = sized(name, record)
    return { name, dtype, shape, values: valuesOf(record, place), ...quantiserOf(record) }
  })
}

function quantiserOf({ representation }: TensorRecord): Pick<Part, 'quantiser'> {
  if (representation?.kind !== 'quantised' || representation.scheme !== 'per-tensor') return {}
  const { scale, zeroPoint } = representation
  return {
    quantiser: { ...(scale !== undefined && { scale }), ...(zeroPoint !== undefined && { zeroPoint }) },
  }
}

/** What two entries share when they are one tensor. Empty tensors share no memory, so say nothing. */
function memoryOf(record: TensorRecord): string | null {
  if (record.shape.includes(0)) return null
  if (record.storage === null) return memoryOfParts(record)
  const { key } = record.storage
  const { dtype, offset, shape, strides, conj, neg } = record
  return `${dtype} ${offset} ${shape.join(',')} ${strides?.join(',')} ${conj} ${neg} ${key}`
}

/** A tensor that is made of others is the same as one that is made of the same ones. */
function memoryOfParts({ shape, dtype, representation }: TensorRecord): string | null {
  const parts = partsOf(representation ?? undefined)
  if (parts.length === 0 || parts.length > mostCompared) return null
  const memories = parts.map(
    ({ name, record }) => `${name} ${record.storage === null ? null : memoryOf(record)}`,
  )
  return memories.some((memory) => memory.endsWith(' null'))
    ? null
    : `${representation?.kind === 'subclass' ? representation.class : representation?.kind} ${dtype} ${shape.join(',')} (${memories.join(' | ')})`
}

/** Inner tensors of two that are compared to see whether they are one. */
const mostCompared = 16

function sized(name: string, record: TensorRecord): Pick<Tensor, 'dtype' | 'shape' | 'elements' | 'bytes'> {
  // torch counts float4_e2m1fn_x2 in pairs, one to a byte.
  const isPaired = record.dtype === 'F4' && record.shape.length > 0
  const shape = isPaired ? [...record.shape.slice(0, -1), 2 * (record.shape.at(-1) as number)] : record.shape
  const elements = elementsOf(shape)
  const bytes = bytesOf(record, elements)
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes))
    throw new SdinspectError(
      'format/malformed',
      `tensor ${JSON.stringify(name.slice(0, 200))} of shape [${shape.slice(0, 20).join(', ')}] has over 2^53 elements`,
      { tensor: name },
    )
  return { dtype: record.dtype, shape, elements, bytes }
}

/** Of the values that the file holds: of the parts, where a tensor is made of others. */
function bytesOf(record: TensorRecord, elements: number): number {
  if (record.representation?.kind === 'meta') return 0
  const parts = record.storage === null ? partsOf(record.representation ?? undefined) : []
  if (parts.length > 0) return bytesOfParts(parts)
  return Math.min(spanBytes(record), byteCount(record.dtype, elements))
}

function byteCount(dtype: TensorRecord['dtype'], elements: number): number {
  return dtype === null ? 0 : Math.ceil((elements * dtypes[dtype].bits) / 8)
}

function bytesOfParts(parts: readonly RecordPart[]): number {
  return parts.reduce(
    (sum, { record }) =>
      sum + (record.representation?.kind === 'meta' ? 0 : byteCount(record.dtype, elementsOf(record.shape))),
    0,
  )
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
  if (record.inline !== null) return inlineValues(record, record.inline, place)
  if (record.storage === null || record.dtype === null) return noValues(record.representation)
  const found = storagePlace(record.storage, place)
  if (found === null) return record.storage.data === undefined ? 'meta' : 'layout not known'
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

function storagePlace(storage: StorageRef, place: StoragePlacer): StoragePlace | null {
  if (storage.data === undefined) return place.storage(storage)
  const chunk = place.inline(storage.data)
  return chunk === null ? null : { chunk, bigEndian: false }
}

/** Why a tensor without a storage of its own has no values. */
function noValues(representation: TensorRecord['representation']): NoValues {
  if (representation?.kind === 'meta' || representation?.kind === 'uninitialised') return 'meta'
  return partsOf(representation ?? undefined).length > 0 ? 'in its parts' : 'layout not known'
}

/** NumPy makes no array of more or fewer bytes than its shape needs. */
function inlineValues(record: TensorRecord, inline: InlineValues, place: StoragePlacer): Values | NoValues {
  const { data, isBigEndian } = inline
  const { dtype, shape, strides } = record
  const { length } = 'bytes' in data ? data.bytes : data
  const needed = byteCount(dtype, elementsOf(shape))
  if (length !== needed)
    throw new SdinspectError(
      'format/malformed',
      `a NumPy array of ${dtype} [${shape.slice(0, 20).join(', ')}] has ${length} bytes, and it needs ${needed}`,
    )
  const chunk = place.inline(data)
  if (chunk === null || dtype === null) return 'layout not known'
  return {
    chunks: [chunk],
    ...(strides === null || isContiguous(record) ? {} : { strides }),
    ...(isBigEndian && dtypes[dtype].bits > 8 ? { bigEndian: true } : {}),
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
