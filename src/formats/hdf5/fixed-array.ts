import { checksumBytes, openElements, piecesOf, prefixBytes, readElement } from './chunk-array.ts'
import type { ChunkGrid, Piece } from './chunk-grid.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, VII.C: fixed arrays.

/**
 * The pieces of the fixed array at `address`, by their numbers in the grid.
 *
 * @param bytes of a piece that is not filtered
 * @throws SdinspectError `format/malformed`
 */
export async function readFixedArray(
  file: Hdf5File,
  address: number,
  grid: ChunkGrid,
  bytes: number,
  what: string,
): Promise<Map<number, Piece>> {
  const { widths } = file
  const length = prefixBytes + 2 + widths.length + widths.address + checksumBytes
  const header = await file.checked(address, length, what)
  header.signature('FAHD')
  const element = readElement(header, widths.address)
  const pageElements = 2 ** header.u8()
  const count = header.length()
  const block = header.address()
  if (block === null) return new Map()
  const elements = await openElements(file, {
    at: block,
    signature: 'FADB',
    before: widths.address,
    count,
    paged: count > pageElements ? { elements: pageElements, made: null } : null,
    element,
    what,
  })
  return piecesOf(grid, element, bytes, elements)
}
