import { SdinspectError } from '../errors.ts'
import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { rowByRow } from '../model/tensors/shape.ts'
import type { Chunk } from '../model/values/chunk.ts'
import type { Values } from '../model/values/values.ts'
import type { ByteSource } from '../source/source.ts'
import { chunkSource } from './chunk-source.ts'
import type { GatherContext } from './gather-context.ts'

/** A box of a tensor, in blocks, and where its values are. */
export interface Part {
  readonly start: readonly number[]
  readonly shape: readonly number[]
  /** Found when it is first asked for: a blob has to be opened. */
  place(): Promise<PartPlace>
}

export interface PartPlace {
  readonly source: ByteSource
  /** In blocks. The first value is the first of the source. */
  readonly strides: readonly number[]
}

/** The shape with its last dimension in blocks. */
export function blockShape(shape: readonly number[], blockElements: number): readonly number[] {
  if (blockElements === 1) return shape
  const last = shape[shape.length - 1] ?? 1
  return [...shape.slice(0, -1), Math.ceil(last / blockElements)]
}

/**
 * The boxes that a tensor is stored in: the whole of it, or one for each chunk.
 *
 * @throws SdinspectError `unsupported/feature` where a box does not begin or end at a whole byte
 */
export function partsOf(
  shape: readonly number[],
  values: Values,
  type: DType,
  context: GatherContext,
): readonly Part[] {
  const { block } = dtypes[type]
  return values.chunks.map((chunk): Part => {
    const box = chunk.box ?? { start: shape.map(() => 0), shape }
    const start = startInBlocks(box.start, block.elements)
    const size = blockShape(box.shape, block.elements)
    let found: Promise<PartPlace> | undefined
    const find = async (): Promise<PartPlace> => {
      const file = await context.open(chunk.file)
      if (chunk.blob) return blobPlace(file, chunk, box.shape, type, context)
      const source = chunkSource(file, chunk, type, context.limits)
      return { source, strides: chunk.strides ?? values.strides ?? rowByRow(size) }
    }
    return {
      start,
      shape: size,
      place() {
        found ??= find()
        return found
      },
    }
  })
}

function startInBlocks(start: readonly number[], blockElements: number): readonly number[] {
  const last = start[start.length - 1] ?? 0
  if (last % blockElements !== 0)
    throw new SdinspectError('unsupported/feature', 'a part of the tensor begins inside a byte of another')
  return blockElements === 1 ? start : [...start.slice(0, -1), last / blockElements]
}

/** A file within a file that holds one tensor, which has to be the part that was announced. */
async function blobPlace(
  file: ByteSource,
  chunk: Chunk,
  shape: readonly number[],
  type: DType,
  context: GatherContext,
): Promise<PartPlace> {
  const found = await context.blob(file, chunk)
  const { values } = found
  const refuse = (what: string) =>
    new SdinspectError('format/malformed', `the part at ${chunk.offset} ${what}`, {
      file: file.name,
      offset: chunk.offset,
    })
  if (found.dtype !== type || found.shape.join() !== shape.join())
    throw refuse(
      `holds ${found.dtype} [${found.shape.slice(0, 20).join(', ')}], and ${type} [${shape.slice(0, 20).join(', ')}] was announced`,
    )
  if (typeof values === 'string') throw refuse('holds a tensor without values that could be read')
  const [only, ...rest] = values.chunks
  if (only === undefined || rest.length > 0 || values.bigEndian || values.conj || values.neg)
    throw refuse('holds a tensor that is not stored plainly')
  const source = chunkSource(file, only, type, context.limits)
  return { source, strides: values.strides ?? rowByRow(blockShape(shape, dtypes[type].block.elements)) }
}
