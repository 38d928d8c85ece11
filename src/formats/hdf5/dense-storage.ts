import { readBTree } from './btree2.ts'
import { Fields } from './fields.ts'
import { FractalHeap } from './fractal-heap.ts'
import type { Hdf5File } from './hdf5-file.ts'

/** What the records of an index of names look like. */
export interface NameRecords {
  /** Of the B-tree. */
  readonly type: number
  /** Bytes before the id of the object in the heap. */
  readonly skip: number
  readonly idBytes: number
  /** Where in the record the order of creation is, if it is there. */
  readonly orderAt?: number
  readonly orderBytes?: number
}

/**
 * The objects of a heap that an index names: links or attributes of which a group has many. In the order of the
 * index, or of their creation where it has that.
 *
 * @throws SdinspectError `format/*`, `unsupported/feature`
 */
export async function denseObjects(
  file: Hdf5File,
  heapAddress: number,
  indexAddress: number,
  { type, skip, idBytes, orderAt, orderBytes }: NameRecords,
  what: string,
): Promise<Uint8Array[]> {
  const records = await readBTree(file, indexAddress, type, `the index of ${what}`)
  if (records.length === 0) return []
  const heap = await FractalHeap.open(file, heapAddress, what)
  const objects: { readonly order: number; readonly bytes: Uint8Array }[] = []
  for (const record of records) {
    const id = new Fields(record.subarray(skip, skip + idBytes), file.widths, `an object of ${what}`)
    const order =
      orderAt === undefined
        ? 0
        : new Fields(record.subarray(orderAt), file.widths, what).uint(orderBytes as number)
    objects.push({ order, bytes: await heap.object(id) })
  }
  return objects.sort((a, b) => a.order - b.order).map(({ bytes }) => bytes)
}
