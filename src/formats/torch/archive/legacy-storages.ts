import { SdinspectError } from '../../../errors.ts'
import { fileName } from '../../../source/file-name.ts'
import type { ByteSource } from '../../../source/source.ts'
import { inParallel } from '../../../source/together.ts'
import type { StorageRef } from '../rebuild/tensor-record.ts'
import type { StoragePlace, StoragePlacer } from '../rebuild/tensors.ts'

const readsAtOnce = 16

/**
 * Where each storage of a file of torch before 1.6 is: after the pickles come, in the order of a list of keys,
 * an int64 count of elements and the values of each (torch/serialization.py, _legacy_load).
 *
 * @param begin of the first count
 * @param compares whether to read the counts, which repeat what the tensors say
 * @returns a placer, where the last storage ends, and how many counts have not been compared
 */
export async function placeLegacyStorages(
  source: ByteSource,
  begin: number,
  keys: readonly string[],
  refs: Iterable<StorageRef>,
  compares: boolean,
): Promise<{ place: Pick<StoragePlacer, 'storage'>; end: number; uncounted: number }> {
  const places = new Map<string, StoragePlace>()
  const counts: { key: string; at: number; length: number }[] = []
  const storages = byKey(refs)
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
  if (compares) await compareCounts(source, counts)
  return {
    end: at,
    uncounted: compares ? 0 : counts.length,
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
  // At a distance all of them are one round.
  const width = source.remote === undefined ? readsAtOnce : counts.length
  await inParallel(counts, width, async ({ key, at, length }) => {
    const bytes = await source.read(at, 8)
    const count = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
    if (count !== BigInt(length))
      throw new SdinspectError(
        'format/malformed',
        `storage ${JSON.stringify(key.slice(0, 100))} at ${at} has ${count} elements, and its tensors say ${length}`,
        { offset: at },
      )
  })
}

/** torch makes a storage at its first reference: one of another type or size later gets bytes that nobody wrote. */
function byKey(refs: Iterable<StorageRef>): Map<string, StorageRef> {
  const storages = new Map<string, StorageRef>()
  for (const ref of refs) {
    const first = storages.get(ref.key)
    if (first === undefined) storages.set(ref.key, ref)
    else if (first.unit !== ref.unit || first.length !== ref.length)
      throw new SdinspectError(
        'format/malformed',
        `storage ${JSON.stringify(ref.key.slice(0, 100))} is ${first.length} elements of ${first.unit}, and then ` +
          `${ref.length} of ${ref.unit}`,
      )
  }
  return storages
}
