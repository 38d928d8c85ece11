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
  const meshObject = isCall(spec) ? attribute(spec, 'mesh') : undefined
  const mesh = meshShape(meshObject, read)
  const coordinate = isCall(meshObject) ? sizesIn(attribute(meshObject, '_coordinate_on_dim')) : undefined
  const offsets = offsetsOf(whole.shape, local.shape, placements, mesh, coordinate)
  return {
    ...whole,
    representation: {
      kind: 'shard',
      of: 'DTensor',
      globalShape: whole.shape,
      localShape: local.shape,
      ...(placements === undefined ? {} : { placements: placements.slice(0, 16).map(placementText) }),
      ...(mesh === undefined ? {} : { mesh }),
      ...(offsets === undefined ? {} : { offsets }),
      parts: [{ name: '_local_tensor', record: local }],
    },
  }
}

/**
 * Where the part of one process begins (torch/distributed/tensor/_utils.py, `_compute_local_shape_and_global_offset`):
 * each dimension of the mesh cuts what those before it left into as many equal pieces as it has processes, the last
 * ones shorter or empty. undefined where the pieces do not come out so.
 */
function offsetsOf(
  whole: readonly number[],
  local: readonly number[],
  placements: readonly PickleValue[] | undefined,
  mesh: readonly number[] | undefined,
  coordinate: readonly number[] | undefined,
): number[] | undefined {
  if (placements === undefined || mesh?.length !== placements.length) return undefined
  const sizes = [...whole]
  const offsets = whole.map(() => 0)
  for (const [i, placement] of placements.entries()) {
    const name = isCall(placement) ? (calleeName(placement) ?? '') : ''
    if (/\.(Replicate|Partial)$/.test(name)) continue
    const dimension = isCall(placement) ? attribute(placement, 'dim') : undefined
    const at = coordinate?.[i]
    if (!/\.Shard$/.test(name) || typeof dimension !== 'number' || at === undefined) return undefined
    const size = sizes[dimension]
    const pieces = mesh[i]
    if (size === undefined || pieces === undefined || pieces === 0) return undefined
    const piece = Math.ceil(size / pieces)
    const begin = Math.min(at * piece, size)
    offsets[dimension] = (offsets[dimension] ?? 0) + begin
    sizes[dimension] = Math.min(piece, size - begin)
  }
  return sizes.every((size, i) => size === local[i]) ? offsets : undefined
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
