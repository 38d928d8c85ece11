import type { Layer } from '../../model/values/chunk.ts'
import type { Fields } from './fields.ts'

// HDF5 File Format Specification 3.0, IV.A.2.l: the filter pipeline message.

/** One step of what was done to the bytes of a piece before it was stored. */
export interface Filter {
  readonly id: number
  /** What the filter was told. */
  readonly values: readonly number[]
}

const deflate = 1
const shuffle = 2
const fletcher32 = 3
const lzf = 32_000
const others: ReadonlyMap<number, string> = new Map([
  [4, 'szip'],
  [5, 'nbit'],
  [6, 'scaleoffset'],
  [307, 'bzip2'],
  [32_001, 'blosc'],
  [32_004, 'lz4'],
  [32_008, 'bitshuffle'],
  [32_013, 'zfp'],
  [32_015, 'zstandard'],
  [32_026, 'blosc2'],
])
const firstNamed = 256
const mostFilters = 32

/** @throws SdinspectError `format/malformed` */
export function readFilters(fields: Fields): readonly Filter[] {
  const version = fields.u8()
  if (version !== 1 && version !== 2) throw fields.malformed(`has filters of version ${version}`)
  const count = fields.u8()
  if (count > mostFilters) throw fields.malformed(`has ${count} filters`)
  if (version === 1) fields.take(6)
  return Array.from({ length: count }, () => {
    const id = fields.u16()
    const nameBytes = version === 1 || id >= firstNamed ? fields.u16() : 0
    fields.take(2)
    const values = fields.u16()
    fields.take(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes)
    const told = Array.from({ length: values }, () => fields.u32())
    if (version === 1 && values % 2 === 1) fields.take(4)
    return { id, values: told }
  })
}

const packs = ({ id }: Filter): boolean => id === deflate || id === lzf

/** The first filter that is not read, for messages; null where all are. */
export function unreadFilter(filters: readonly Filter[]): string | null {
  if (filters.filter(packs).length > 1) return 'two compressions, one after the other'
  const other = filters.find((filter) => !packs(filter) && filter.id !== shuffle && filter.id !== fletcher32)
  return other === undefined ? null : `the filter ${others.get(other.id) ?? other.id}`
}

/**
 * What undoes the filters of one piece, from the file inwards; null where its size cannot be what they make of it.
 *
 * @param skipped a bit for each filter that was left out of this piece
 * @param stored bytes of the piece in the file
 * @param bytes that it stands for
 */
export function layersOf(
  filters: readonly Filter[],
  skipped: number,
  stored: number,
  bytes: number,
): readonly Layer[] | null {
  const used = filters.filter((_, index) => (skipped & (1 << index)) === 0)
  const packing = used.findIndex(packs)
  // Before the compression sizes follow from the piece, after it from the file.
  const before = used.slice(0, packing < 0 ? used.length : packing)
  const after = packing < 0 ? [] : used.slice(packing + 1)
  const inner: Layer[] = []
  let size = bytes
  for (const filter of before) {
    inner.unshift(layer(filter, size))
    if (filter.id === fletcher32) size += 4
  }
  if (packing < 0) return stored === size ? inner : null
  const outer: Layer[] = []
  let left = stored
  for (const filter of after.toReversed()) {
    if (filter.id === fletcher32) left -= 4
    if (left < 0) return null
    outer.push(layer(filter, left))
  }
  return [...outer, layer(used[packing] as Filter, size), ...inner]
}

function layer({ id, values }: Filter, bytes: number): Layer {
  const taken = { bytes, skip: 0, length: bytes }
  if (id === deflate) return { codec: 'zlib', ...taken }
  if (id === lzf) return { codec: 'lzf', ...taken }
  if (id === shuffle) return { codec: 'shuffle', unit: values[0] ?? 1, ...taken }
  return { codec: 'fletcher32', ...taken }
}
