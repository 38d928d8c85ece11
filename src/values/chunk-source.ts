import { unshuffled, withoutFletcher32 } from '../codec/hdf5-filters.ts'
import { inflatePieces } from '../codec/inflate.ts'
import { latin1Pieces } from '../codec/latin1-pieces.ts'
import { decompressLzf } from '../codec/lzf.ts'
import { type NumberType, numberPieces } from '../codec/number-pieces.ts'
import { varintPieces } from '../codec/varint-pieces.ts'
import { inflateZlib } from '../codec/zlib-stream.ts'
import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { DType } from '../model/tensors/dtype.ts'
import type { Chunk, Layer } from '../model/values/chunk.ts'
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
    case 'zlib':
      return pieceSource(source, layer, limits, (bytes) => inflateZlib(bytes, layer.bytes))
    case 'lzf':
      return pieceSource(source, layer, limits, (bytes) => decompressLzf(bytes, layer.bytes))
    case 'shuffle':
      return pieceSource(source, layer, limits, (bytes) => unshuffled(bytes, layer.unit ?? 1))
    case 'fletcher32':
      return pieceSource(source, layer, limits, withoutFletcher32)
    case 'fill':
      return filledSource(name, layer)
  }
}

/**
 * What is made of all bytes of a source at once: a piece of HDF5. It is made anew when it is asked for again, unless
 * there was memory to keep it: a tensor may have any number of pieces.
 */
function pieceSource(
  source: ByteSource,
  { bytes }: Layer,
  limits: Limits,
  decode: (bytes: Uint8Array) => Uint8Array,
): ByteSource {
  const { name, size } = source
  let kept: WeakRef<Uint8Array> | undefined
  let making: Promise<Uint8Array> | undefined
  const make = async (): Promise<Uint8Array> => {
    withinLimit(limits, 'viewBytes', Math.max(size, bytes), 'the size of a piece of values')
    const made = decode(await source.read(0, size))
    if (made.length !== bytes)
      throw new SdinspectError(
        'format/malformed',
        `a piece of values has ${made.length} bytes, and not ${bytes}`,
        {
          file: name,
        },
      )
    kept = new WeakRef(made)
    return made
  }
  return {
    name,
    size: bytes,
    async read(offset, length) {
      checkRange(name, bytes, offset, length)
      const known = kept?.deref()
      if (known !== undefined) return known.subarray(offset, offset + length)
      making ??= make().finally(() => {
        making = undefined
      })
      return (await making).subarray(offset, offset + length)
    },
  }
}

function filledSource(name: string, { bytes, pattern = new Uint8Array(1) }: Layer): ByteSource {
  return {
    name,
    size: bytes,
    async read(offset, length) {
      checkRange(name, bytes, offset, length)
      const filled = new Uint8Array(length)
      if (pattern.some((byte) => byte !== 0))
        for (let i = 0; i < length; i++) filled[i] = pattern[(offset + i) % pattern.length] as number
      return filled
    },
  }
}

function numberType(type: DType): NumberType {
  if (type === 'F64' || type === 'I64' || type === 'U64' || type === 'BOOL') return type
  throw new SdinspectError('internal/bug', `numbers of a text as ${type}`)
}
