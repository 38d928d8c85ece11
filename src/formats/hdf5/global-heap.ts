import { textOf } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, III.E: the global heap, where texts of any length are.

const header = 16
/** Objects of all heaps of a file together, in memory by their places. */
const mostObjects = 1_000_000

interface Place {
  readonly address: number
  readonly bytes: number
}

/** The texts of any length of one file. Each collection of them is gone through once. */
export class GlobalHeap {
  readonly #file: Hdf5File
  readonly #collections = new Map<number, ReadonlyMap<number, Place>>()
  #objects = 0

  constructor(file: Hdf5File) {
    this.#file = file
  }

  /**
   * The object `index` of the collection at `address`, as text of `length` bytes, up to its first zero.
   *
   * @throws SdinspectError `format/*`
   */
  async text(address: number, index: number, length: number, what: string): Promise<string> {
    const label = `the heap of ${what}`
    const collection = this.#collections.get(address) ?? (await this.#collection(address, label))
    const place = collection.get(index)
    if (place === undefined || length > place.bytes)
      throw (await this.#file.fields(address, 4, label)).malformed(
        `has no object ${index} of ${length} bytes`,
      )
    return textOf(await this.#file.raw(place.address, length, label))
  }

  async #collection(address: number, what: string): Promise<ReadonlyMap<number, Place>> {
    const file = this.#file
    const head = await file.fields(address, header, what)
    head.signature('GCOL')
    head.take(4)
    const end = address + head.length()
    const places = new Map<number, Place>()
    for (let at = address + header; at + header <= end; ) {
      const object = await file.fields(at, header, what)
      const index = object.u16()
      object.take(6)
      const bytes = object.length()
      // The object 0 is the space that is free: nothing comes after it.
      if (index === 0) break
      if (++this.#objects > mostObjects) throw head.malformed(`has more than ${mostObjects} objects`)
      places.set(index, { address: at + header, bytes })
      at += header + Math.ceil(bytes / 8) * 8
    }
    this.#collections.set(address, places)
    return places
  }
}
