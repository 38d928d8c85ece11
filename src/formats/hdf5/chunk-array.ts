import type { ChunkGrid, Piece } from './chunk-grid.ts'
import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, VII: blocks of the arrays that hold addresses of pieces.

/** An address; of filtered pieces also the size in the file and which filters were left out. */
export interface Element {
  readonly bytes: number
  readonly isFiltered: boolean
}

/** A signature, a version, whose elements they are. */
export const prefixBytes = 6
export const checksumBytes = 4

/** @throws SdinspectError `format/malformed` for an array of anything but pieces */
export function readElement(header: Fields, addressBytes: number): Element {
  if (header.u8() !== 0) throw header.malformed('is of another version')
  const client = header.u8()
  const bytes = header.u8()
  const isFiltered = client === 1
  const rest = bytes - addressBytes
  if (client > 1 || (isFiltered ? rest < 5 || rest > 12 : rest !== 0))
    throw header.malformed('is no array of pieces')
  return { bytes, isFiltered }
}

/** A block of elements: whole, or in pages of their own checksums. */
export interface ElementBlock {
  readonly at: number
  readonly signature: string
  /** Bytes between the prefix and the elements, or the bits of pages. */
  readonly before: number
  readonly count: number
  /** `made`: which pages were written, where another block says so; null where this one does. */
  readonly paged: { readonly elements: number; readonly made: ((page: number) => boolean) | null } | null
  readonly element: Element
  readonly what: string
}

/** The fields of an element; null where it was never written. */
export type ElementAt = (number: number) => Promise<Fields | null>

/** @throws SdinspectError `format/malformed` */
export async function openElements(file: Hdf5File, block: ElementBlock): Promise<ElementAt> {
  const { at, before, count, paged, element, what } = block
  const begin = prefixBytes + before
  if (paged === null) {
    const fields = await file.checked(at, begin + count * element.bytes + checksumBytes, what)
    fields.signature(block.signature)
    fields.take(begin - 4)
    const bytes = fields.take(count * element.bytes)
    return async (number) =>
      number < count
        ? file.within(bytes.subarray(number * element.bytes, (number + 1) * element.bytes), what)
        : null
  }
  const pages = Math.ceil(count / paged.elements)
  const bits = paged.made === null ? Math.ceil(pages / 8) : 0
  const prefix = begin + bits + checksumBytes
  const head = await file.checked(at, prefix, what)
  head.signature(block.signature)
  head.take(begin - 4)
  const map = head.take(bits)
  const isMade = paged.made ?? ((page: number) => hasBit(map, page))
  const pageBytes = paged.elements * element.bytes + checksumBytes
  let kept: { readonly page: number; readonly bytes: Uint8Array } | undefined
  return async (number) => {
    const page = Math.floor(number / paged.elements)
    if (!(number < count) || !isMade(page)) return null
    if (kept?.page !== page) {
      const own = Math.min(paged.elements, count - page * paged.elements)
      const length = own * element.bytes + checksumBytes
      const fields = await file.checked(at + prefix + page * pageBytes, length, what)
      kept = { page, bytes: fields.take(own * element.bytes) }
    }
    const from = (number - page * paged.elements) * element.bytes
    return file.within(kept.bytes.subarray(from, from + element.bytes), what)
  }
}

/**
 * The pieces of a grid that an array has, by their numbers in the grid.
 *
 * @param bytes of a piece that is not filtered
 */
export async function piecesOf(
  grid: ChunkGrid,
  { bytes: elementBytes, isFiltered }: Element,
  bytes: number,
  elementAt: ElementAt,
): Promise<Map<number, Piece>> {
  const found = new Map<number, Piece>()
  for (let index = 0; index < grid.size; index++) {
    const fields = await elementAt(grid.numberOf(index))
    const address = fields?.address() ?? null
    if (fields === null || address === null) continue
    const size = isFiltered ? fields.uint(elementBytes - fields.widths.address - 4) : bytes
    found.set(index, { address, bytes: size, skipped: isFiltered ? fields.u32() : 0 })
  }
  return found
}

/** Bits of a map of pages, the highest of a byte first. */
export function hasBit(bytes: Uint8Array, bit: number): boolean {
  return ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
}
