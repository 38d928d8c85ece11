import { quoted, SdinspectError } from '../../errors.ts'
import type { HeaderTable } from './header-columns.ts'

/**
 * Bytes of the data section that the tensors cover. They must tile it from its start: no gap, no overlap, no
 * shared range, which is what keeps a second file from hiding in between.
 *
 * @param dataOffset where the data section begins in the file
 * @throws SdinspectError `format/malformed`, naming the tensors and the bytes
 */
export function dataLength(tensors: HeaderTable, dataOffset: number): number {
  let cursor = dataOffset
  for (let index = 0; index < tensors.length; index++) {
    if (tensors.offsets[index] !== cursor) return sortedDataLength(tensors, dataOffset)
    cursor = tensors.end(index)
  }
  return cursor - dataOffset
}

/** Header order is not offset order: the same walk in offset order, tensors without bytes first. */
function sortedDataLength(tensors: HeaderTable, dataOffset: number): number {
  const { offsets } = tensors
  const order = Uint32Array.from(offsets.keys()).sort(
    (a, b) => (offsets[a] as number) - (offsets[b] as number) || tensors.end(a) - tensors.end(b),
  )
  let cursor = dataOffset
  let previous: number | undefined
  for (const index of order) {
    if (offsets[index] !== cursor) throw misplaced(tensors, index, previous, cursor)
    cursor = tensors.end(index)
    previous = index
  }
  return cursor - dataOffset
}

function misplaced(
  tensors: HeaderTable,
  index: number,
  previous: number | undefined,
  cursor: number,
): SdinspectError {
  const offset = tensors.offsets[index] as number
  const name = quoted(tensors.name(index))
  const before = previous === undefined ? 'the start of the data' : `tensor ${quoted(tensors.name(previous))}`
  const message =
    offset > cursor
      ? `tensor ${name} begins at ${offset}, and ${before} ${previous === undefined ? 'is' : 'ends'} at ${cursor}: a gap of ${byteCount(offset - cursor)}`
      : `tensor ${name} begins at ${offset}, and ${before} ends at ${cursor}: they overlap`
  return new SdinspectError('format/malformed', message, { offset: cursor, tensor: tensors.name(index) })
}

/** `1 byte`, `2 bytes`. */
export function byteCount(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

/** The tensor that the end of a cut-off file is in: the first by offset that ends past `size`, if there is one. */
export function cutTensor(tensors: HeaderTable, size: number): CutTensor | undefined {
  const { offsets } = tensors
  let cut = -1
  for (let index = 0; index < tensors.length; index++)
    if (tensors.end(index) > size && (cut < 0 || (offsets[index] as number) < (offsets[cut] as number)))
      cut = index
  if (cut < 0) return undefined
  return { name: tensors.name(cut), offset: offsets[cut] as number, end: tensors.end(cut) }
}

export interface CutTensor {
  readonly name: string
  readonly offset: number
  readonly end: number
}
