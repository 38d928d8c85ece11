import type { Tensor } from '../../src/model/tensors/tensor.ts'
import type { Chunk } from '../../src/model/values/chunk.ts'

/** The only run of bytes that a tensor's values are in. */
export function chunkOf({ name, values }: Tensor): Chunk {
  if (typeof values === 'string') throw new Error(`${name}: ${values}`)
  const [chunk, ...rest] = values.chunks
  if (chunk === undefined || rest.length > 0) throw new Error(`${name}: ${values.chunks.length} chunks`)
  return chunk
}

export function firstByte(tensor: Tensor): number {
  return chunkOf(tensor).offset
}

/** One past the last. */
export function lastByte(tensor: Tensor): number {
  const { offset, length } = chunkOf(tensor)
  return offset + length
}
