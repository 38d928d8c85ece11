import { getItem, isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import type { DType } from '../../../model/tensors/dtype.ts'
import type { Box } from '../../../model/values/chunk.ts'
import {
  asInteger,
  attribute,
  attributesOf,
  calleeName,
  elementsIn,
  globalOf,
  isCall,
  itemsOf,
} from '../objects/objects.ts'
import { elementType } from '../rebuild/storage-class.ts'

// torch/distributed/checkpoint/metadata.py: the classes of `.metadata`, which is a plain pickle.

const modules =
  /^torch\.distributed\.(checkpoint|_shard\.checkpoint)\.(metadata|filesystem|_fsspec_filesystem|planner)\./

/** Whether a class is one that `.metadata` is made of. */
export function isDistributedClass(name: string): boolean {
  return modules.test(name) || /^pathlib\.(Pure)?(Posix|Windows)?Path$/.test(name)
}

export interface DistributedTensor {
  /** Full name, with the keys of all dicts around it. */
  readonly name: string
  readonly dtype: DType | null
  /** Of the whole tensor, whatever its chunks. */
  readonly shape: readonly number[]
  readonly requiresGrad: boolean
  /** What it is stored in: one part for each shard. */
  readonly parts: readonly Box[]
}

/** A blob in one of the `*.distcp` files. */
export interface DistributedBlob {
  readonly name: string
  readonly file: string
  readonly offset: number
  readonly length: number
  /** Where the part of the tensor begins that it holds; null where the file does not say. */
  readonly start: readonly number[] | null
  /** What is stored went through a compression or the like. */
  readonly isTransformed: boolean
}

export interface DistributedMetadata {
  readonly tensors: readonly DistributedTensor[]
  /** Full names of values that are no tensors. */
  readonly values: readonly string[]
  /** Full name to the keys of the dicts it was in; not recorded by every planner. */
  readonly paths: ReadonlyMap<string, readonly (string | number)[]>
  readonly blobs: readonly DistributedBlob[]
  /** Entries of `storage_data` that say no place in a file. */
  readonly unknownPlaces: number
}

/** Whether a pickle is the `.metadata` of a folder that torch.distributed.checkpoint wrote. */
export function isDistributedMetadata(root: PickleValue): boolean {
  return (
    isCall(root) &&
    modules.test(calleeName(root) ?? '') &&
    attribute(root, 'state_dict_metadata') !== undefined
  )
}

function malformed(what: string): SdinspectError {
  return new SdinspectError('format/malformed', `.metadata: ${what}`)
}

export function distributedMetadata(root: PickleValue, limits: Limits): DistributedMetadata {
  if (!isCall(root)) throw malformed('no Metadata object')
  const entries = itemsOf(attribute(root, 'state_dict_metadata'))
  if (entries === undefined) throw malformed('no state_dict_metadata')
  withinLimit(limits, 'checkpointTensors', entries.keys.length, 'the number of entries')
  const tensors: DistributedTensor[] = []
  const values: string[] = []
  entries.keys.forEach((name, i) => {
    if (typeof name !== 'string') throw malformed('a name that is no string')
    const value = entries.values[i]
    if (isCall(value) && /\.BytesStorageMetadata$/.test(calleeName(value) ?? '')) values.push(name)
    else tensors.push(tensorOf(name, value))
  })
  return {
    tensors,
    values,
    paths: pathsOf(attribute(root, 'planner_data')),
    ...blobsOf(attribute(root, 'storage_data')),
  }
}

function tensorOf(name: string, value: PickleValue | undefined): DistributedTensor {
  const shown = JSON.stringify(name.slice(0, 200))
  if (!isCall(value)) throw malformed(`tensor ${shown} has no description`)
  const shape = sizesOf(attribute(value, 'size'))
  if (shape === undefined) throw malformed(`tensor ${shown} has no size`)
  const [dtype, requiresGrad] = propertiesOf(attribute(value, 'properties'))
  return { name, dtype, shape, requiresGrad, parts: partsOf(value, shown) }
}

/** `chunks`: a list of ChunkStorageMetadata, where each part begins and how far it reaches. */
function partsOf(value: PickleCall, name: string): Box[] {
  return (elementsIn(attribute(value, 'chunks')) ?? []).map((chunk) => {
    const start = isCall(chunk) ? sizesOf(attribute(chunk, 'offsets')) : undefined
    const shape = isCall(chunk) ? sizesOf(attribute(chunk, 'sizes')) : undefined
    if (start === undefined || shape === undefined)
      throw malformed(`tensor ${name} has a chunk without a place`)
    return { start, shape }
  })
}

/** TensorProperties is a tuple of (dtype, layout, requires_grad, memory format, pin_memory), or a dict of them. */
function propertiesOf(value: PickleValue | undefined): [DType | null, boolean] {
  if (!isCall(value)) return [null, false]
  const attributes = attributesOf(value)
  const state = value.states.at(-1)
  const items = isRecord(state) && state.kind === 'tuple' ? state.items : value.args
  const type = globalOf(attributes === undefined ? items[0] : getItem(attributes, 'dtype'))
  const flag = attributes === undefined ? items[2] : getItem(attributes, 'requires_grad')
  return [type === undefined ? null : (elementType(type) ?? null), flag === true]
}

const mostDimensions = 1_000

function sizesOf(value: PickleValue | undefined): number[] | undefined {
  const items = elementsIn(value)
  return items !== undefined &&
    items.length <= mostDimensions &&
    items.every((item): item is number => typeof item === 'number' && item >= 0)
    ? ([...items] as number[])
    : undefined
}

function pathsOf(value: PickleValue | undefined): Map<string, readonly (string | number)[]> {
  const paths = new Map<string, readonly (string | number)[]>()
  const items = itemsOf(value)
  items?.keys.forEach((name, i) => {
    const path = elementsIn(items.values[i])
    if (typeof name !== 'string' || path === undefined) return
    if (path.every((key): key is string | number => typeof key === 'string' || typeof key === 'number'))
      paths.set(name, path as (string | number)[])
  })
  return paths
}

/** The keys of storage_data are objects (MetadataIndex), the values where each chunk is. */
function blobsOf(value: PickleValue | undefined): Pick<DistributedMetadata, 'blobs' | 'unknownPlaces'> {
  const items = itemsOf(value)
  const blobs: DistributedBlob[] = []
  items?.keys.forEach((index, i) => {
    const blob = blobOf(index, items.values[i])
    if (blob !== null) blobs.push(blob)
  })
  return { blobs, unknownPlaces: (items?.keys.length ?? 0) - blobs.length }
}

function blobOf(index: PickleValue, info: PickleValue | undefined): DistributedBlob | null {
  if (!isCall(index) || !isCall(info)) return null
  const name = attribute(index, 'fqn')
  const file = attribute(info, 'relative_path')
  const offset = asInteger(attribute(info, 'offset'))
  const length = asInteger(attribute(info, 'length'))
  if (typeof name !== 'string' || typeof file !== 'string' || offset === undefined || length === undefined)
    return null
  if (offset < 0 || length < 0)
    throw malformed(`a chunk of ${JSON.stringify(name.slice(0, 200))} has a negative place`)
  const transforms = elementsIn(attribute(info, 'transform_descriptors')) ?? []
  const start = sizesOf(attribute(index, 'offset')) ?? null
  return { name, file, offset, length, start, isTransformed: transforms.length > 0 }
}
