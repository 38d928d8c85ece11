import type { PickleValue } from '../../../codec/pickle-value.ts'
import { attribute, attributesOf, calleeName, elementsIn, globalOf, isCall } from '../objects/objects.ts'
import { attributeOf } from './inner-tensors.ts'
import { flag, type Rebuild, shown, sizesIn } from './rebuild-arguments.ts'
import { elementType } from './storage-class.ts'
import { plainRecord } from './strided.ts'
import { isUnread, type TensorReader, type TensorRecord, type UnreadTensor } from './tensor-record.ts'

// Tensors of which a file holds the part of one process: torch/distributed/tensor, torch/distributed/_shard.

/** `torch.distributed.tensor.DTensor`, `torch.distributed._tensor.api.DTensor`. */
export function isDTensor(name: string): boolean {
  return /^torch\.distributed\.(tensor|_tensor)(\.\w+)*\.DTensor$/.test(name)
}

/** `torch.distributed._shard.sharded_tensor.api.ShardedTensor`. */
export function isShardedTensor(name: string): boolean {
  return /^torch\.distributed\._shard\.sharded_tensor(\.\w+)*\.ShardedTensor$/.test(name)
}

/**
 * The local part of a DTensor: `_local_tensor` beside `_spec`, with a mesh and placements.
 *
 * @param whole what the class says of the tensor that all processes hold together
 */
export function dtensor(
  whole: TensorRecord,
  state: PickleValue | undefined,
  read: TensorReader,
): TensorRecord | UnreadTensor {
  const local = read(attributeOf(state, '_local_tensor'))
  if (local === null || isUnread(local))
    return { unread: `a DTensor of ${shapeText(whole)} without its local part` }
  if (!isPartOf(local.shape, whole.shape)) return liar('DTensor', whole, local.shape)
  const spec = attributeOf(state, '_spec')
  const placements = isCall(spec) ? elementsIn(attribute(spec, 'placements')) : undefined
  const mesh = isCall(spec) ? meshShape(attribute(spec, 'mesh'), read) : undefined
  return {
    ...whole,
    representation: {
      kind: 'shard',
      of: 'DTensor',
      globalShape: whole.shape,
      localShape: local.shape,
      ...(placements === undefined ? {} : { placements: placements.slice(0, 16).map(placementText) }),
      ...(mesh === undefined ? {} : { mesh }),
      parts: [{ name: '_local_tensor', record: local }],
    },
  }
}

/** The state of a ShardedTensor: (local shards, metadata, process group, sharding spec, …). */
export function shardedTensor(
  whole: TensorRecord,
  state: PickleValue | undefined,
  read: TensorReader,
): TensorRecord | UnreadTensor {
  const [shards] = elementsIn(state) ?? []
  const parts: { name: string; record: TensorRecord; offsets: readonly number[] | undefined }[] = []
  for (const shard of elementsIn(shards) ?? []) {
    const record = isCall(shard) ? read(attribute(shard, 'tensor')) : null
    const metadata = isCall(shard) ? attribute(shard, 'metadata') : undefined
    if (record === null || isUnread(record))
      return { unread: `a ShardedTensor of ${shapeText(whole)} with a shard that is no tensor` }
    const offsets = isCall(metadata) ? sizesIn(attribute(metadata, 'shard_offsets')) : undefined
    if (!isPartOf(record.shape, whole.shape, offsets)) return liar('ShardedTensor', whole, record.shape)
    parts.push({ name: `shard ${parts.length}`, record, offsets })
  }
  const [first] = parts
  if (elementsIn(shards) === undefined)
    return { unread: `a ShardedTensor of ${shapeText(whole)} without its shards` }
  return {
    ...whole,
    representation: {
      kind: 'shard',
      of: 'ShardedTensor',
      globalShape: whole.shape,
      localShape: first?.record.shape ?? whole.shape.map(() => 0),
      ...(parts.length === 1 && first?.offsets !== undefined ? { offsets: first.offsets } : {}),
      parts: parts.map(({ name, record }) => ({ name, record })),
    },
  }
}

/** Before torch 1.13 a ShardedTensor is no tensor, but an object whose state says its size and type. */
export const shardedObject: Rebuild = (call, read) => {
  const state = call.states.at(-1)
  const metadata = elementsIn(state)?.[1]
  const shape = isCall(metadata) ? sizesIn(attribute(metadata, 'size')) : undefined
  const properties = isCall(metadata) ? attribute(metadata, 'tensor_properties') : undefined
  const [type, , requiresGrad] = propertiesOf(properties)
  const global = globalOf(type)
  const dtype = global === undefined ? undefined : elementType(global)
  if (shape === undefined || dtype === undefined)
    return { unread: 'a ShardedTensor without its size or element type' }
  return shardedTensor({ ...plainRecord, dtype, shape, requiresGrad: flag(requiresGrad) }, state, read)
}

/** TensorProperties keeps itself as a tuple: (dtype, layout, requires_grad, …). */
function propertiesOf(value: PickleValue | undefined): readonly PickleValue[] {
  if (!isCall(value)) return []
  return elementsIn(value.states.at(-1)) ?? []
}

function isPartOf(
  local: readonly number[],
  whole: readonly number[],
  offsets: readonly number[] = local.map(() => 0),
): boolean {
  return (
    local.length === whole.length &&
    offsets.length === whole.length &&
    local.every((length, i) => length + (offsets[i] as number) <= (whole[i] as number))
  )
}

function liar(name: string, whole: TensorRecord, local: readonly number[]): UnreadTensor {
  return {
    unread: `a ${name} of ${shapeText(whole)} whose local part has the shape [${local.slice(0, 20).join(', ')}]`,
  }
}

function shapeText({ shape }: TensorRecord): string {
  return `shape [${shape.slice(0, 20).join(', ')}]`
}

/** `Shard(0)`, `Replicate()`, `Partial(sum)`, as torch prints placements in full. */
function placementText(placement: PickleValue): string {
  if (!isCall(placement)) return shown(placement)
  const name = (calleeName(placement) ?? 'placement').split('.').at(-1) as string
  const values = attributesOf(placement)?.values ?? placement.args
  return `${name}(${values.slice(0, 4).map(shown).join(', ')})`.slice(0, 80)
}

/** Processes along each dimension: the sizes of the mesh's layout, or in older files the shape of the tensor of ranks. */
function meshShape(mesh: PickleValue | undefined, read: TensorReader): number[] | undefined {
  if (!isCall(mesh)) return undefined
  const layout = attribute(mesh, '_layout')
  if (isCall(layout)) {
    const own = sizesIn(attribute(layout, 'shape'))
    if (own !== undefined) return own
    const axes = elementsIn(attribute(layout, 'axes'))
    const lengths = axes
      ?.slice(0, 16)
      .map((axis) => product(isCall(axis) ? sizesIn(attribute(axis, 'shape')) : undefined))
    if (lengths?.every((length) => length !== undefined)) return lengths
  }
  const ranks = read(attribute(mesh, 'mesh') ?? attribute(mesh, '_mesh'))
  return ranks === null || isUnread(ranks) ? undefined : [...ranks.shape]
}

function product(lengths: readonly number[] | undefined): number | undefined {
  return lengths?.reduce((all, length) => all * length, 1)
}
