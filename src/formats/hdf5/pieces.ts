import { readBTree } from './btree2.ts'
import { readChunkBTree } from './chunk-btree.ts'
import { ChunkGrid, isAfter, type Piece } from './chunk-grid.ts'
import type { Shape } from './dataspace.ts'
import { readExtensibleArray } from './extensible-array.ts'
import { type Filter, unreadFilter } from './filters.ts'
import { readFixedArray } from './fixed-array.ts'
import type { Hdf5File } from './hdf5-file.ts'
import type { ChunkedLayout } from './layout.ts'

/** Pieces of one dataset. One of a gigabyte in pieces of a kilobyte has as many. */
const mostPieces = 1_000_000

/** The pieces of a dataset: where each is, and what has to be undone. */
export interface Pieces {
  readonly grid: ChunkGrid
  /** By their numbers in the grid. Those that are not there were never written. */
  readonly found: ReadonlyMap<number, Piece>
  readonly filters: readonly Filter[]
  /** Pieces that reach over the edge are not filtered. */
  readonly keepsEdges: boolean
  /** An element that was never written; null where the file leaves it open. */
  readonly fill: Uint8Array | null
}

export interface ChunkedDataset {
  readonly layout: ChunkedLayout
  readonly shape: Shape
  readonly elementBytes: number
  readonly filters: readonly Filter[]
  readonly fill: Uint8Array | null
}

/**
 * Finds the pieces of a dataset; a text says why they are not read.
 *
 * @throws SdinspectError `format/*`, `limit/exceeded`
 */
export async function readPieces(
  file: Hdf5File,
  { layout, shape, elementBytes, filters, fill }: ChunkedDataset,
  what: string,
): Promise<Pieces | string> {
  const { index, address, chunk } = layout
  const grid = new ChunkGrid(shape.lengths, shape.most, chunk)
  const unread = unreadFilter(filters)
  if (unread !== null) return unread
  if (index === null) return 'an index that is not known'
  if (!(grid.size <= mostPieces)) return `more than ${mostPieces} pieces`
  const bytes = grid.elements * elementBytes
  const made = (found: ReadonlyMap<number, Piece>): Pieces => ({
    grid,
    filters,
    fill,
    keepsEdges: layout.keepsEdges,
    found,
  })
  if (address === null || grid.size === 0) return made(new Map())
  const label = `the index of pieces of ${what}`
  switch (index.kind) {
    case 'tree of version 1':
      return made(await readChunkBTree(file, address, grid, label))
    case 'single':
      return made(new Map([[0, { address, bytes: index.bytes ?? bytes, skipped: index.skipped }]]))
    case 'implicit':
      return made(
        new Map(
          Array.from({ length: grid.size }, (_, i): [number, Piece] => [
            i,
            { address: address + grid.numberOf(i) * bytes, bytes, skipped: 0 },
          ]),
        ),
      )
    case 'fixed array':
      return made(await readFixedArray(file, address, grid, bytes, label))
    case 'extensible array':
      return made(await readExtensibleArray(file, address, grid, bytes, label))
    case 'tree of version 2':
      return made(await readTree(file, address, grid, bytes, filters.length > 0, label))
  }
}

const plainRecord = 10
const filteredRecord = 11

/** Records of an address, of filtered pieces also a size and the filters left out, and where in the grid they are. */
async function readTree(
  file: Hdf5File,
  address: number,
  grid: ChunkGrid,
  bytes: number,
  isFiltered: boolean,
  what: string,
): Promise<Map<number, Piece>> {
  const records = await readBTree(file, address, isFiltered ? filteredRecord : plainRecord, what)
  const found = new Map<number, Piece>()
  const rank = grid.chunk.length
  let before: readonly number[] | null = null
  for (const record of records) {
    const fields = file.within(record, what)
    const at = fields.address()
    const sizeBytes = record.length - file.widths.address - 4 - 8 * rank
    if (isFiltered ? sizeBytes < 1 || sizeBytes > 8 : record.length !== file.widths.address + 8 * rank)
      throw fields.malformed('has records of another length')
    const size = isFiltered ? fields.uint(sizeBytes) : bytes
    const skipped = isFiltered ? fields.u32() : 0
    const where = grid.chunk.map(() => fields.uint(8))
    if (before !== null && !isAfter(where, before))
      throw fields.malformed('has pieces that do not follow each other')
    before = where
    const index = grid.indexOf(where)
    if (index >= 0 && at !== null) found.set(index, { address: at, bytes: size, skipped })
  }
  return found
}
