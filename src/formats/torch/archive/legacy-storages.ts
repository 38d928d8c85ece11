import { isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { fileName } from '../../../source/file-name.ts'
import type { ByteSource } from '../../../source/source.ts'
import { allParts, isContainer } from '../objects/object-walk.ts'
import { storageOf } from '../rebuild/storage-ref.ts'
import type { StorageRef } from '../rebuild/tensor-record.ts'
import type { StoragePlace, StoragePlacer } from '../rebuild/tensors.ts'

const readsAtOnce = 16

/** Every storage that an object graph refers to, by key. */
export function storagesIn(root: PickleValue): Map<string, StorageRef> {
  const found = new Map<string, StorageRef>()
  const seen = new Set<PickleValue>()
  const pending: PickleValue[] = [root]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (!isRecord(value) || seen.has(value)) continue
    seen.add(value)
    if (value.kind === 'persistent') {
      const { id } = value
      if (isRecord(id) && id.kind === 'tuple' && id.items[0] === 'module') continue
      const storage = storageOf(value)
      if (storage !== undefined) found.set(storage.key, storage)
    } else if (isContainer(value)) for (const [, part] of allParts(value)) pending.push(part)
  }
  return found
}

/**
 * Where each storage of a file of torch before 1.6 is: after the pickles come, in the order of a list of keys,
 * an int64 count of elements and the values of each (torch/serialization.py, _legacy_load).
 *
 * @param begin of the first count
 * @returns a placer, and where the last storage ends
 */
export async function placeLegacyStorages(
  source: ByteSource,
  begin: number,
  keys: readonly string[],
  storages: ReadonlyMap<string, StorageRef>,
): Promise<{ place: StoragePlacer; end: number }> {
  const places = new Map<string, StoragePlace>()
  const counts: { key: string; at: number; length: number }[] = []
  let at = begin
  for (const key of keys) {
    const storage = storages.get(key)
    const shown = JSON.stringify(key.slice(0, 100))
    if (storage === undefined)
      throw new SdinspectError('format/malformed', `the list of storages names ${shown}, and no tensor does`)
    if (places.has(key))
      throw new SdinspectError('format/malformed', `the list of storages has ${shown} twice`)
    const end = at + 8 + storage.bytes
    if (end > source.size)
      throw new SdinspectError(
        'format/truncated',
        `storage ${shown} ends at ${end}, past the end of the file at ${source.size}`,
        { offset: at },
      )
    counts.push({ key, at, length: storage.length })
    const chunk = { file: fileName(source.name), offset: at + 8, length: storage.bytes }
    places.set(key, { chunk, bigEndian: false })
    at = end
  }
  await compareCounts(source, counts)
  return {
    end: at,
    place: {
      storage(ref) {
        const place = places.get(ref.key)
        if (place !== undefined || ref.location === 'meta') return place ?? null
        throw new SdinspectError(
          'format/malformed',
          `the storage ${JSON.stringify(ref.key.slice(0, 100))} is not in the file's list of storages`,
        )
      },
    },
  }
}

async function compareCounts(
  source: ByteSource,
  counts: readonly { key: string; at: number; length: number }[],
): Promise<void> {
  for (let i = 0; i < counts.length; i += readsAtOnce) {
    const batch = counts.slice(i, i + readsAtOnce)
    const read = await Promise.all(batch.map(({ at }) => source.read(at, 8)))
    batch.forEach(({ key, at, length }, j) => {
      const bytes = read[j] as Uint8Array
      const count = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
      if (count !== BigInt(length))
        throw new SdinspectError(
          'format/malformed',
          `storage ${JSON.stringify(key.slice(0, 100))} at ${at} has ${count} elements, and its tensors say ${length}`,
          { offset: at },
        )
    })
  }
}
