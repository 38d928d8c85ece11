import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { rowByRow } from '../../model/tensors/shape.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import type { Chunk } from '../../model/values/chunk.ts'
import { type Contents, type Dataset, isUnder } from './contents.ts'
import { layersOf } from './filters.ts'
import type { Pieces } from './pieces.ts'

/** The file that a checkpoint's tensors are in, which may be a member of an archive. */
export interface Home {
  readonly file: string
  /** Bytes of the HDF5 file. */
  readonly size: number
  readonly limits: Limits
  /** Where in its own bytes an address is. */
  offsetOf(address: number): number
  /** A run of the HDF5 file's bytes, in the checkpoint's file. */
  chunk(offset: number, length: number): Chunk
}

/** The entries of a state dict, and what there is to say of them. */
export interface Entries {
  readonly tensors: readonly Tensor[]
  readonly values: readonly ValueEntry[]
  readonly findings: readonly Finding[]
}

/**
 * Datasets of numbers as tensors, whatever else there is as values, by their paths with dots.
 *
 * @param under only what is in this group, by its path from there
 * @throws SdinspectError `format/truncated` when values end after the file, `limit/exceeded`
 */
export function entriesOf(contents: Contents, home: Home, under: readonly string[] = []): Entries {
  const isIn = ({ path }: { readonly path: readonly string[] }) => isUnder(path, under)
  const nameOf = (path: readonly string[]) => path.slice(under.length).join('.')
  const tensors: Tensor[] = []
  const values: ValueEntry[] = []
  const unread = new Map<string, string[]>()
  const findings: Finding[] = []
  const names = new Set<string>()
  const claim = (name: string) => {
    if (names.has(name))
      throw new SdinspectError(
        'unsupported/feature',
        `two members of the file come to the name ${quoted(name)}`,
      )
    names.add(name)
  }
  for (const dataset of contents.datasets.filter(isIn)) {
    const name = nameOf(dataset.path)
    claim(name)
    const { shape, type } = dataset
    if (shape === null || (type.kind !== 'numbers' && type.kind !== 'strange')) {
      values.push({ name, type: null, description: describe(dataset), position: tensors.length })
      continue
    }
    const elements = elementsOf(shape)
    const bytes = elements * type.bytes
    const about = { tensor: name, file: home.file }
    const place = type.kind === 'numbers' ? placeOf(dataset, bytes, home, name) : 'layout not known'
    if (type.kind === 'strange') findings.push(finding('hdf5/strange-type', { said: type.said }, about))
    const how = type.kind === 'numbers' ? unreadPieces(dataset, place) : null
    if (how !== null) listed(unread, how).push(name)
    else if (dataset.isOutside) findings.push(finding('hdf5/outside', {}, about))
    else if (isUnwritten(dataset) && bytes > 0) findings.push(finding('hdf5/never-written', {}, about))
    const same = dataset.sameAs
    tensors.push({
      name,
      dtype: type.kind === 'numbers' ? type.dtype : null,
      shape,
      elements,
      bytes,
      values: place,
      tiedTo: same !== null && isIn({ path: same }) ? nameOf(same) : null,
    })
  }
  for (const { path, said } of contents.others.filter(isIn)) {
    claim(nameOf(path))
    values.push({ name: nameOf(path), type: null, description: said, position: tensors.length })
  }
  withinLimit(home.limits, 'tensors', tensors.length, 'the number of tensors')
  for (const [how, names] of unread)
    findings.push(
      finding('hdf5/chunked', { count: names.length, how }, { tensor: names[0] as string, file: home.file }),
    )
  return { tensors, values, findings }
}

function describe({ shape, type }: Dataset): string {
  if (shape === null) return 'nothing: an empty dataset'
  const of = shape.length === 0 ? '' : ` [${shape.join(', ')}]`
  if (type.kind === 'text' || type.kind === 'texts of any length')
    return shape.length === 0 ? 'a text' : `texts${of}`
  return type.kind === 'other' ? `${type.said}${of}` : ''
}

function listed(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** How values are stored that are not read for it; null for any that are, or are not for another reason. */
function unreadPieces({ layout, pieces }: Dataset, place: Tensor['values']): string | null {
  if (layout.kind === 'virtual') return 'of other datasets'
  if (layout.kind !== 'chunked') return null
  if (typeof pieces === 'string') return `with ${pieces}`
  return pieces !== null && pieces.found.size > 0 && typeof place === 'string'
    ? 'of which some were never written'
    : null
}

function isUnwritten({ layout, pieces }: Dataset): boolean {
  if (layout.kind === 'contiguous') return layout.address === null
  return pieces !== null && typeof pieces !== 'string' && pieces.found.size === 0
}

/** A chunk for each piece, with the box of the dataset that it holds. */
function pieceChunks(
  { grid, found, filters, keepsEdges, fill }: Pieces,
  elementBytes: number,
  home: Home,
  name: string,
): readonly Chunk[] | null {
  const chunks: Chunk[] = []
  const bytes = grid.elements * elementBytes
  const strides = rowByRow(grid.chunk)
  for (let index = 0; index < grid.size; index++) {
    const box = grid.box(index)
    const isEdge = box.shape.some((length, axis) => length !== grid.chunk[axis])
    const cut = isEdge ? { box, strides } : { box }
    const piece = found.get(index)
    if (piece === undefined) {
      if (fill === null) return null
      const layers = [{ codec: 'fill', pattern: fill, bytes, skip: 0, length: bytes }] as const
      chunks.push({ ...home.chunk(0, 0), layers, ...cut })
      continue
    }
    const offset = home.offsetOf(piece.address)
    if (!(offset + piece.bytes <= home.size))
      throw new SdinspectError(
        'format/truncated',
        `a piece of the values of ${quoted(name)} ends at ${offset + piece.bytes}, and the file has ${home.size} bytes`,
        { tensor: name, hint: 'the download may have stopped half way: fetch the file again' },
      )
    const layers = layersOf(isEdge && keepsEdges ? [] : filters, piece.skipped, piece.bytes, bytes)
    if (layers === null)
      throw new SdinspectError(
        'format/malformed',
        `a piece of the values of ${quoted(name)} has ${piece.bytes} bytes, and its shape and type need ${bytes}`,
        { tensor: name },
      )
    const stored = home.chunk(offset, piece.bytes)
    const all = [...(stored.layers ?? []), ...layers]
    chunks.push({ ...stored, ...(all.length > 0 ? { layers: all } : {}), ...cut })
  }
  return chunks
}

function placeOf(dataset: Dataset, bytes: number, home: Home, name: string): Tensor['values'] {
  const { layout, type, layoutOffset } = dataset
  const isBig = type.kind === 'numbers' && type.isBigEndian
  if (dataset.isOutside || layout.kind === 'virtual') return 'layout not known'
  if (isUnwritten(dataset) && bytes > 0) return 'layout not known'
  if (layout.kind === 'chunked') {
    const { pieces } = dataset
    if (pieces === null || typeof pieces === 'string') return 'layout not known'
    const chunks = bytes === 0 ? [home.chunk(0, 0)] : pieceChunks(pieces, type.bytes, home, name)
    return chunks === null ? 'layout not known' : { chunks, ...(isBig ? { bigEndian: true as const } : {}) }
  }
  const offset =
    layout.kind === 'compact'
      ? layoutOffset + layout.at
      : layout.address === null
        ? 0
        : home.offsetOf(layout.address)
  if (layout.length !== null && layout.length < bytes)
    throw new SdinspectError(
      'format/malformed',
      `the values of ${quoted(name)} have ${layout.length} bytes, and their shape and type need ${bytes}`,
      { tensor: name },
    )
  if (offset + bytes > home.size)
    throw new SdinspectError(
      'format/truncated',
      `the values of ${quoted(name)} end at ${offset + bytes}, and the file has ${home.size} bytes`,
      { tensor: name, hint: 'the download may have stopped half way: fetch the file again' },
    )
  return { chunks: [home.chunk(offset, bytes)], ...(isBig ? { bigEndian: true as const } : {}) }
}
