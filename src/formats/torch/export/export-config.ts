import { SdinspectError } from '../../../errors.ts'
import type { Plain, PlainMap } from '../../../model/checkpoint.ts'
import type { DType } from '../../../model/tensors/dtype.ts'
import type { Representation, SparseLayout } from '../../../model/tensors/representation.ts'
import { plainRecord, stridedRecord } from '../rebuild/strided.ts'
import type { RecordPart, StorageRef, TensorRecord, UnreadTensor } from '../rebuild/tensor-record.ts'

// torch/_export/serde/schema.py: ScalarType and Layout have numbers of their own, not c10's.
const scalarTypes: ReadonlyMap<Plain, DType> = new Map<Plain, DType>([
  [1, 'U8'],
  [2, 'I8'],
  [3, 'I16'],
  [4, 'I32'],
  [5, 'I64'],
  [6, 'F16'],
  [7, 'F32'],
  [8, 'F64'],
  [9, 'C32'],
  [10, 'C64'],
  [11, 'C128'],
  [12, 'BOOL'],
  [13, 'BF16'],
  [28, 'U16'],
  [29, 'F8_E4M3'],
  [30, 'F8_E5M2'],
  [31, 'F8_E4M3FNUZ'],
  [32, 'F8_E5M2FNUZ'],
  [33, 'F8_E8M0'],
  [34, 'U32'],
  [35, 'U64'],
])
/** Layout of torch/_export/serde/schema.py. */
const strided = 7
const sparseLayoutNumbers: ReadonlyMap<Plain, SparseLayout> = new Map([
  [1, 'coo'],
  [2, 'csr'],
  [3, 'csc'],
  [4, 'bsr'],
  [5, 'bsc'],
])

/** A tensor with a pickle of its own: of a subclass, which the archive names in that pickle alone. */
const pickled = {
  kind: 'subclass',
  class: 'torch.Tensor',
  parts: [],
  summary: 'a subclass of Tensor, in a pickle of its own',
} as const

function sparseOf(layout: Plain | undefined): Representation<RecordPart> | null {
  const named = sparseLayoutNumbers.get(layout ?? null)
  return named === undefined ? null : { kind: 'sparse', layout: named, parts: [] }
}

/** One entry of a weights or constants config. */
export interface ExportedTensor {
  readonly name: string
  readonly record: TensorRecord | UnreadTensor
  readonly isParameter: boolean
  /** The entry of the archive that holds it, under the folder of the config. */
  readonly pathName: string
  /** The entry of the archive, where it is a torch.save file of its own. */
  readonly pickle: string | null
}

export function asMap(value: Plain | undefined): PlainMap | undefined {
  return value instanceof Map ? (value as PlainMap) : undefined
}

/**
 * The tensors of a config: `{config: {name: {path_name, is_param, use_pickle, tensor_meta}}}`.
 *
 * @param bytesOf the size of a payload, by its `path_name`; undefined where the archive has none
 */
export function exportedTensors(
  document: Plain,
  bytesOf: (pathName: string) => number | undefined,
  what: string,
): ExportedTensor[] {
  const config = asMap(asMap(document)?.get('config'))
  if (config === undefined) throw new SdinspectError('format/malformed', `${what}: there is no "config"`)
  return [...config].map(([name, payload]) => {
    const fields = asMap(payload)
    const meta = asMap(fields?.get('tensor_meta'))
    const pathName = fields?.get('path_name')
    const refuse = (problem: string) =>
      new SdinspectError(
        'format/malformed',
        `${what}: tensor ${JSON.stringify(name.slice(0, 200))} ${problem}`,
        { tensor: name },
      )
    if (typeof pathName !== 'string') throw refuse('has no path_name')
    const isParameter = fields?.get('is_param') === true
    const pickle = fields?.get('use_pickle') === true ? pathName : null
    if (meta === undefined)
      return { name, isParameter, pathName, pickle, record: { unread: 'an object that is no tensor' } }
    return {
      name,
      isParameter,
      pathName,
      pickle,
      record: recordOf(pathName, fields?.get('use_pickle') === true, meta, bytesOf, refuse),
    }
  })
}

function recordOf(
  pathName: string,
  isPickled: boolean,
  meta: PlainMap,
  bytesOf: (pathName: string) => number | undefined,
  refuse: (problem: string) => Error,
): TensorRecord | UnreadTensor {
  const dtype = scalarTypes.get(meta.get('dtype') ?? null)
  if (dtype === undefined) return { unread: 'a tensor of an element type that is not known' }
  const shape = integers(meta.get('sizes'), 'sizes', refuse)
  const requiresGrad = meta.get('requires_grad') === true
  if (isPickled || meta.get('layout') !== strided)
    return {
      ...plainRecord,
      dtype,
      shape,
      requiresGrad,
      representation: isPickled ? pickled : sparseOf(meta.get('layout')),
    }
  const bytes = bytesOf(pathName)
  if (bytes === undefined)
    throw refuse(`is in ${JSON.stringify(pathName.slice(0, 200))}, which the archive does not have`)
  const storage: StorageRef = {
    key: pathName,
    location: 'cpu',
    unit: 'bytes',
    length: bytes,
    bytes,
    items: 5,
    viewOffset: 0,
    reach: bytes,
  }
  const [offset] = integers([meta.get('storage_offset') ?? 0], 'storage_offset', refuse)
  const strides = integers(meta.get('strides'), 'strides', refuse)
  return stridedRecord({ storage, dtype, offset: offset as number, shape, strides, requiresGrad }, refuse)
}

/** A list of `{as_int: 2}`, or `{as_expr: {hint: {as_int: 2}}}` where the size is symbolic. */
function integers(value: Plain | undefined, what: string, refuse: (problem: string) => Error): number[] {
  if (!Array.isArray(value)) throw refuse(`has no ${what}`)
  return value.map((item: Plain) => {
    const union = asMap(item)
    const hint = asMap(asMap(union?.get('as_expr'))?.get('hint'))
    const number = union === undefined ? item : (union.get('as_int') ?? hint?.get('as_int'))
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
    throw refuse(`has ${what} that are no sizes`)
  })
}
