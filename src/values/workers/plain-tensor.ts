import type { Tensor } from '../../model/tensors/tensor.ts'
import type { Chunk } from '../../model/values/chunk.ts'
import type { ByteSource } from '../../source/source.ts'
import type { PlainTensor } from './task.ts'

/**
 * A tensor as another thread can be told of it: what has to be asked of a file is asked.
 *
 * @param rename gives its files other names
 * @throws SdinspectError what opening and reading a file throws
 */
export async function plainTensor(
  { name, dtype, shape, elements, bytes, tiedTo, values }: Tensor,
  open: (file: string) => Promise<ByteSource>,
  rename: (file: string) => string = (file) => file,
): Promise<PlainTensor> {
  const head = { name, dtype, shape, elements, bytes, tiedTo }
  if (typeof values === 'string') return { ...head, values }
  const { strides, type, bigEndian, conj, neg } = values
  const chunks: Chunk[] = []
  for (const chunk of values.chunks) chunks.push(await plainChunk(chunk, open, rename))
  return {
    ...head,
    values: {
      chunks,
      ...(strides && { strides }),
      ...(type && { type }),
      ...(bigEndian && { bigEndian }),
      ...(conj && { conj }),
      ...(neg && { neg }),
    },
  }
}

async function plainChunk(
  { file, offset, length, layers, box, strides, locate, blob }: Chunk,
  open: (file: string) => Promise<ByteSource>,
  rename: (file: string) => string,
): Promise<Chunk> {
  const shift = locate === undefined ? 0 : await located(locate, await open(file))
  return {
    file: rename(file),
    offset: offset + shift,
    length,
    ...(layers && { layers }),
    ...(box && { box }),
    ...(strides && { strides }),
    ...(blob && { blob }),
  }
}

async function located(locate: NonNullable<Chunk['locate']>, source: ByteSource): Promise<number> {
  return locate((from, count) => source.read(from, count))
}
