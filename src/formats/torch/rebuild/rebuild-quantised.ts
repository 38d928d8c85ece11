import { isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import type { Representation } from '../../../model/tensors/representation.ts'
import { asInteger, elementsIn, globalOf } from '../objects/objects.ts'
import { malformed, type Rebuild } from './rebuild-arguments.ts'
import { strided } from './rebuild-strided.ts'
import { storageOf } from './storage-of.ts'
import { isUnread, type RecordPart, type TensorReader } from './tensor-record.ts'

/** (storage, offset, size, stride, scheme, requires grad, hooks): affine quantised, with its scale. */
export const quantised: Rebuild = (call, read) => {
  const [storage, offset, size, stride, scheme, requiresGrad] = call.args
  const found = storageOf(storage)
  const dtype = found?.unit === 'bytes' ? undefined : found?.unit
  const record = strided(call, found, dtype, [offset, size, stride], requiresGrad)
  if (isUnread(record)) return record
  const representation = quantisation(scheme, read)
  const { axis, parts } = representation
  const channels = axis === undefined ? undefined : record.shape[axis]
  if (axis !== undefined && channels === undefined)
    throw malformed(call, `is quantised along dimension ${axis} of ${record.shape.length}`)
  if (parts.some((part) => part.record.shape.length !== 1 || part.record.shape[0] !== channels))
    throw malformed(
      call,
      `is quantised per channel, and has not a scale for each of ${channels ?? 'no'} channels`,
    )
  return { ...record, representation }
}

/** (per_tensor_affine, scale, zero point), or (per_channel_affine, scales, zero points, axis). */
function quantisation(
  value: PickleValue | undefined,
  read: TensorReader,
): Extract<Representation<RecordPart>, { kind: 'quantised' }> {
  const [scheme, first, second, axis] = elementsIn(value) ?? []
  if (!globalOf(scheme)?.name.startsWith('per_channel')) {
    const scale = numberOf(first)
    const zeroPoint = asInteger(second)
    return {
      kind: 'quantised',
      scheme: 'per-tensor',
      ...(scale === undefined ? {} : { scale }),
      ...(zeroPoint === undefined ? {} : { zeroPoint }),
      parts: [],
    }
  }
  const parts: RecordPart[] = []
  for (const [name, part] of [
    ['scales', first],
    ['zero_points', second],
  ] as const) {
    const record = read(part)
    if (record !== null && !isUnread(record)) parts.push({ name, record })
  }
  const dimension = asInteger(axis)
  return {
    kind: 'quantised',
    scheme: 'per-channel',
    ...(dimension === undefined ? {} : { axis: dimension }),
    parts,
  }
}

function numberOf(value: PickleValue | undefined): number | undefined {
  if (typeof value === 'number') return value
  return isRecord(value) && value.kind === 'float' ? value.value : undefined
}
