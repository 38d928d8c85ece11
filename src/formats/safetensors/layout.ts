import { quoted, SdinspectError } from '../../errors.ts'
import type { Chunk } from '../../model/chunk.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { Values } from '../../model/values.ts'

/** What the values of a tensor of this format are: one run. */
export type Span = Values & Pick<Chunk, 'offset' | 'length'>

/**
 * Bytes of the data section that the tensors cover. They must tile it from its start: no gap, no overlap, no
 * shared range, which is what keeps a second file from hiding in between.
 *
 * @param dataOffset where the data section begins in the file
 * @throws SdinspectError `format/malformed`, naming the tensors and the bytes
 */
export function dataLength(tensors: readonly Tensor[], dataOffset: number): number {
  let cursor = dataOffset
  for (const tensor of tensors) {
    const { offset, length } = tensor.values as Span
    if (offset !== cursor) return sortedDataLength(tensors, dataOffset)
    cursor += length
  }
  return cursor - dataOffset
}

/** Header order is not offset order: the same walk in offset order, tensors without bytes first. */
function sortedDataLength(tensors: readonly Tensor[], dataOffset: number): number {
  const order = Uint32Array.from(tensors.keys()).sort((a, b) => {
    const first = (tensors[a] as Tensor).values as Span
    const second = (tensors[b] as Tensor).values as Span
    return first.offset - second.offset || first.length - second.length
  })
  let cursor = dataOffset
  let previous: Tensor | undefined
  for (const index of order) {
    const tensor = tensors[index] as Tensor
    const { offset, length } = tensor.values as Span
    if (offset !== cursor) throw misplaced(tensor, previous, cursor)
    cursor += length
    previous = tensor
  }
  return cursor - dataOffset
}

function misplaced(tensor: Tensor, previous: Tensor | undefined, cursor: number): SdinspectError {
  const { offset } = tensor.values as Span
  const name = quoted(tensor.name)
  const before = previous === undefined ? 'the start of the data' : `tensor ${quoted(previous.name)}`
  const message =
    offset > cursor
      ? `tensor ${name} begins at ${offset}, and ${before} ${previous === undefined ? 'is' : 'ends'} at ${cursor}: a gap of ${byteCount(offset - cursor)}`
      : `tensor ${name} begins at ${offset}, and ${before} ends at ${cursor}: they overlap`
  return new SdinspectError('format/malformed', message, { offset: cursor, tensor: tensor.name })
}

/** `1 byte`, `2 bytes`. */
export function byteCount(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

/** The tensor that the end of a cut-off file is in: the first by offset that ends past `size`, if there is one. */
export function cutTensor(tensors: readonly Tensor[], size: number): CutTensor | undefined {
  let cut: CutTensor | undefined
  for (const { name, values } of tensors) {
    const { offset, length } = values as Span
    if (offset + length > size && (cut === undefined || offset < cut.offset)) {
      cut = { name, offset, end: offset + length }
    }
  }
  return cut
}

export interface CutTensor {
  readonly name: string
  readonly offset: number
  readonly end: number
}
