import type { Fields } from './fields.ts'

// HDF5 File Format Specification 3.0, IV.A.2.i: the data layout message.

/** Where the values of a dataset are. */
export type Layout =
  /** In the object header: `at` bytes from the start of the message. */
  | { readonly kind: 'compact'; readonly at: number; readonly length: number }
  /** In one run; `address` is null where nothing was written. */
  | { readonly kind: 'contiguous'; readonly address: number | null; readonly length: number | null }
  | ChunkedLayout
  | { readonly kind: 'virtual' }

/** In pieces of one shape, which an index finds. */
export interface ChunkedLayout {
  readonly kind: 'chunked'
  /** Of a piece, in elements. */
  readonly chunk: readonly number[]
  /** null for one that is not known. */
  readonly index: ChunkIndex | null
  /** Of the index; null where nothing was written. */
  readonly address: number | null
  /** Pieces that reach over the edge are not filtered. */
  readonly keepsEdges: boolean
}

export type ChunkIndex =
  | {
      readonly kind:
        | 'tree of version 1'
        | 'tree of version 2'
        | 'implicit'
        | 'fixed array'
        | 'extensible array'
    }
  /** One piece. `bytes` in the file, where it is filtered. */
  | { readonly kind: 'single'; readonly bytes: number | null; readonly skipped: number }

/** @throws SdinspectError `format/malformed`, `unsupported/feature` */
export function readLayout(fields: Fields, elementBytes: number): Layout {
  const version = fields.u8()
  if (version < 1 || version > 5) throw fields.unsupported(`has a data layout of version ${version}`)
  if (version < 3) return oldLayout(fields, elementBytes)
  const kind = fields.u8()
  switch (kind) {
    case 0: {
      const length = fields.u16()
      const at = fields.at
      fields.take(length)
      return { kind: 'compact', at, length }
    }
    case 1: {
      const address = fields.address()
      return { kind: 'contiguous', address, length: fields.length() }
    }
    case 2:
      return version === 3 ? treeLayout(fields, elementBytes) : indexedLayout(fields, version, elementBytes)
    case 3:
      return { kind: 'virtual' }
    default:
      throw fields.malformed(`has a data layout of class ${kind}`)
  }
}

/** Of version 3: the shape of a piece with the bytes of an element, and a B-tree. */
function treeLayout(fields: Fields, elementBytes: number): Layout {
  const rank = fields.u8()
  const address = fields.address()
  return chunked(fields, rank, 4, elementBytes, (chunk) => ({
    kind: 'chunked',
    chunk,
    index: { kind: 'tree of version 1' },
    address,
    keepsEdges: false,
  }))
}

const keepsEdges = 0x01
const isFilteredSingle = 0x02

/** Of version 4: the index is told, and what it was made with. */
function indexedLayout(fields: Fields, version: number, elementBytes: number): Layout {
  const flags = fields.u8()
  const rank = fields.u8()
  const width = fields.u8()
  if (width < 1 || width > 8) throw fields.malformed(`has lengths of ${width} bytes`)
  return chunked(fields, rank, width, elementBytes, (chunk) => {
    const index = version === 4 ? indexOf(fields, flags) : null
    return {
      kind: 'chunked',
      chunk,
      index,
      address: index === null ? null : fields.address(),
      keepsEdges: (flags & keepsEdges) !== 0,
    }
  })
}

function indexOf(fields: Fields, flags: number): ChunkIndex | null {
  switch (fields.u8()) {
    case 1:
      return (flags & isFilteredSingle) === 0
        ? { kind: 'single', bytes: null, skipped: 0 }
        : { kind: 'single', bytes: fields.length(), skipped: fields.u32() }
    case 2:
      return { kind: 'implicit' }
    case 3:
      fields.take(1)
      return { kind: 'fixed array' }
    case 4:
      fields.take(5)
      return { kind: 'extensible array' }
    case 5:
      fields.take(6)
      return { kind: 'tree of version 2' }
    default:
      return null
  }
}

/** The lengths of a piece, of which the last is the bytes of an element. */
function chunked(
  fields: Fields,
  rank: number,
  width: number,
  elementBytes: number,
  made: (chunk: readonly number[]) => ChunkedLayout,
): Layout {
  const lengths = Array.from({ length: rank }, () => fields.uint(width))
  const last = lengths.pop()
  if (last !== elementBytes || lengths.length === 0 || lengths.includes(0))
    throw fields.malformed(
      `has pieces of [${[...lengths, last].join(', ')}] for elements of ${elementBytes} bytes`,
    )
  return made(lengths)
}

function oldLayout(fields: Fields, elementBytes: number): Layout {
  const rank = fields.u8()
  const kind = fields.u8()
  fields.take(5)
  if (kind > 2) throw fields.malformed(`has a data layout of class ${kind}`)
  const address = kind === 0 ? null : fields.address()
  if (kind === 2)
    return chunked(fields, rank, 4, elementBytes, (chunk) => ({
      kind: 'chunked',
      chunk,
      index: { kind: 'tree of version 1' },
      address,
      keepsEdges: false,
    }))
  fields.take(4 * rank)
  if (kind === 1) return { kind: 'contiguous', address, length: null }
  const length = fields.u32()
  const at = fields.at
  fields.take(length)
  return { kind: 'compact', at, length }
}
