import { type ChunkGrid, isAfter, type Piece } from './chunk-grid.ts'
import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, III.A.1: B-trees of version 1 whose nodes point to pieces of a dataset.

const mostDepth = 32

interface Key {
  readonly bytes: number
  readonly skipped: number
  /** In pieces, and last in bytes of an element. */
  readonly at: readonly number[]
}

/**
 * The pieces of the tree at `address`, by their numbers in the grid. Those outside of it are left out, as HDF5 does.
 *
 * @throws SdinspectError `format/malformed` where keys do not follow each other: HDF5 would not find all of them
 */
export async function readChunkBTree(
  file: Hdf5File,
  address: number,
  grid: ChunkGrid,
  what: string,
): Promise<Map<number, Piece>> {
  const pieces = new Map<number, Piece>()
  const seen = new Set<number>()
  const { widths } = file
  const keyBytes = 8 + 8 * (grid.chunk.length + 1)
  const walk = async (
    node: number,
    level: number | null,
    from: Key | null,
    to: Key | null,
  ): Promise<void> => {
    const head = await file.fields(node, 8, what)
    if (seen.has(node)) throw head.malformed('leads in a circle')
    seen.add(node)
    head.signature('TREE')
    if (head.u8() !== 1) throw head.malformed('is of another kind')
    const own = head.u8()
    const count = head.u16()
    if (own > mostDepth || (level !== null && own !== level))
      throw head.malformed(`has a node at level ${own}`)
    const length = 8 + 2 * widths.address + count * (keyBytes + widths.address) + keyBytes
    const fields = await file.fields(node, length, what)
    fields.take(8 + 2 * widths.address)
    const keys: Key[] = []
    const children: (number | null)[] = []
    for (let i = 0; i < count; i++) {
      keys.push(readKey(fields, grid))
      children.push(fields.address())
    }
    keys.push(readKey(fields, grid))
    for (const [i, child] of children.entries()) {
      const key = keys[i] as Key
      const next = keys[i + 1] as Key
      const isOutside =
        (from !== null && isAfter(from.at, key.at)) || (to !== null && !isAfter(to.at, key.at))
      if (!isAfter(next.at, key.at) || isOutside)
        throw fields.malformed('has pieces that do not follow each other')
      if (child === null) throw fields.malformed('has a piece that is nowhere')
      if (own > 0) {
        await walk(child, own - 1, key, next)
        continue
      }
      if (key.at.at(-1) !== 0) throw fields.malformed('has a piece between two')
      const index = grid.indexOf(key.at)
      if (index >= 0) pieces.set(index, { address: child, bytes: key.bytes, skipped: key.skipped })
    }
  }
  await walk(address, null, null, null)
  return pieces
}

function readKey(fields: Fields, { chunk }: ChunkGrid): Key {
  const bytes = fields.u32()
  const skipped = fields.u32()
  const at = chunk.map((length) => {
    const offset = fields.uint(8)
    if (offset % length !== 0) throw fields.malformed('has a piece between two')
    return offset / length
  })
  // Of the bytes of an element: 0 of every piece, and more where only the end of all is meant.
  at.push(fields.uint(8))
  return { bytes, skipped, at }
}
