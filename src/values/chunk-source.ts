import { inflatePieces } from '../codec/inflate.ts'
import { latin1Pieces } from '../codec/latin1-pieces.ts'
import { type NumberType, numberPieces } from '../codec/number-pieces.ts'
import { varintPieces } from '../codec/varint-pieces.ts'
import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { Chunk, Layer } from '../model/chunk.ts'
import type { DType } from '../model/dtype.ts'
import { checkRange } from '../source/memory.ts'
import type { ByteSource } from '../source/source.ts'
import { forwardSource } from './forward-source.ts'

/**
 * The bytes that a chunk stands for, as a source of their own: decoded layer by layer, from the file inwards.
 * Nothing is read before it is asked for.
 *
 * @param type what numbers of a text are read as
 * @throws SdinspectError `format/truncated` when the file ends before the chunk, `limit/exceeded` when a
 *   compressed layer grows more than `zipExpansion` times
 */
export function chunkSource(file: ByteSource, chunk: Chunk, type: DType, limits: Limits): ByteSource {
  let source = partSource(file, chunk.offset, chunk.length, chunk.locate)
  for (const layer of chunk.layers ?? [])
    source = partSource(decoded(source, layer, type, limits), layer.skip, layer.length)
  return source
}

/**
 * A range of a source as a source.
 *
 * @param locate finds how many bytes further on it is
 */
function partSource(whole: ByteSource, offset: number, length: number, locate?: Chunk['locate']): ByteSource {
  checkRange(whole.name, whole.size, offset, length)
  if (offset === 0 && length === whole.size) return whole
  return {
    name: whole.name,
    size: length,
    async read(at, count, options) {
      checkRange(whole.name, length, at, count)
      const shift = (await locate?.((from, bytes) => whole.read(from, bytes, options))) ?? 0
      return whole.read(offset + shift + at, count, options)
    },
  }
}

/** Smaller results are no bombs, whatever they are made from. */
const smallBytes = 65_536

function decoded(source: ByteSource, layer: Layer, type: DType, limits: Limits): ByteSource {
  const read = (offset: number, length: number) => source.read(offset, length)
  const { name, size } = source
  switch (layer.codec) {
    case 'deflate':
      if (layer.bytes > smallBytes)
        withinLimit(
          limits,
          'zipExpansion',
          Math.ceil(layer.bytes / Math.max(1, size)),
          `the expansion of values from ${size} to ${layer.bytes} bytes`,
        )
      return forwardSource(name, layer.bytes, () => inflatePieces(read, size, layer.bytes))
    case 'latin1':
      return forwardSource(name, layer.bytes, () => latin1Pieces(read, size))
    case 'varints':
      return forwardSource(name, layer.bytes, () => varintPieces(read, size, layer.unit ?? 1))
    case 'json-numbers':
      return forwardSource(name, layer.bytes, () => numberPieces(read, size, numberType(type)))
  }
}

function numberType(type: DType): NumberType {
  if (type === 'F64' || type === 'I64' || type === 'U64' || type === 'BOOL') return type
  throw new SdinspectError('internal/bug', `numbers of a text as ${type}`)
}
