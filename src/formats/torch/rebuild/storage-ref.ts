import { isRecord, type PicklePersistent, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { asInteger, globalOf } from '../objects/objects.ts'
import { storageElementType } from './storage-class.ts'
import type { StorageRef } from './tensor-record.ts'

// torch/serialization.py, persistent_id: ("storage", class, key, location, length), and a sixth item in files
// before torch 1.6: None or (view key, offset, length).

/**
 * The storage that a persistent id names.
 *
 * @throws SdinspectError `format/malformed` for an id that is none of a storage
 */
export function storageOfId({ id, offset }: PicklePersistent): StorageRef {
  const refuse = (what: string) =>
    new SdinspectError('format/malformed', `data.pkl: the persistent id at ${offset} ${what}`, { offset })
  if (!isRecord(id) || id.kind !== 'tuple') throw refuse('is no tuple of a storage')
  const [tag, storageClass, key, location, length, view] = id.items
  if (tag !== 'storage')
    throw refuse(
      `has the tag ${typeof tag === 'string' ? JSON.stringify(tag.slice(0, 100)) : 'of no string'}, not "storage"`,
    )
  const global = globalOf(storageClass)
  const unit = global === undefined ? undefined : storageElementType(global)
  if (global === undefined || unit === undefined)
    throw refuse(
      `has ${global === undefined ? 'no class' : JSON.stringify(`${global.module}.${global.name}`.slice(0, 200))} for a storage class`,
    )
  const count = asInteger(length)
  if (count === undefined || count < 0)
    throw refuse(`has a storage of ${String(length).slice(0, 40)} elements`)
  const bits = unit === 'bytes' ? 8 : dtypes[unit].bits
  const bytes = Math.ceil((count * bits) / 8)
  if (!Number.isSafeInteger(bytes)) throw refuse(`has a storage of ${count} elements, over 2^53 bytes`)
  const part = partOf(view, count, refuse)
  return {
    key: textOf(key, () => refuse('has no storage key')),
    location: textOf(location, () => refuse('has no location')),
    unit,
    length: count,
    bytes,
    items: id.items.length,
    viewOffset: part.offset,
    reach: Math.ceil(((part.offset + part.length) * bits) / 8),
  }
}

/** The part of a storage that a view is of, in elements of the view. */
function partOf(
  view: PickleValue | undefined,
  length: number,
  refuse: (what: string) => Error,
): { readonly offset: number; readonly length: number } {
  if (view === undefined || view === null) return { offset: 0, length }
  if (!isRecord(view) || view.kind !== 'tuple') throw refuse('has a view that is no tuple')
  const begin = asInteger(view.items[1])
  const size = asInteger(view.items[2])
  if (begin === undefined || size === undefined || begin < 0 || size < 0 || begin + size > length)
    throw refuse(`has a view outside its ${length} elements`)
  return { offset: begin, length: size }
}

/** Python 2 wrote keys and locations as bytes. */
function textOf(value: PickleValue | undefined, refuse: () => Error): string {
  if (typeof value === 'string') return value
  if (isRecord(value) && value.kind === 'bytes') return String.fromCharCode(...value.bytes.subarray(0, 4096))
  throw refuse()
}
