/** A part of a tensor: where it begins and how far it reaches, in elements along each dimension. */
export interface Box {
  readonly start: readonly number[]
  readonly shape: readonly number[]
}

/** One step from the bytes of a file to values: what they are decoded as, and which of the result are taken. */
export interface Layer {
  /**
   * - `deflate`: a raw deflate stream, a compressed member of a zip archive
   * - `latin1`: text in UTF-8 whose characters are the bytes, as Python 3 pickles bytes in protocol 2
   * - `varints`: packed integers of protobuf, as elements of `unit` bytes
   * - `json-numbers`: nested lists of numbers, as elements of `Values.type`
   * - `zlib`, `lzf`: compressed pieces of HDF5
   * - `shuffle`: the first bytes of all elements of `unit` bytes, then their second bytes and so on
   * - `fletcher32`: bytes and a checksum of them
   * - `fill`: one element, `pattern`, again and again: nothing of the file
   */
  readonly codec:
    | 'deflate'
    | 'latin1'
    | 'json-numbers'
    | 'varints'
    | 'zlib'
    | 'lzf'
    | 'shuffle'
    | 'fletcher32'
    | 'fill'
  /** Bytes of an element. */
  readonly unit?: number
  readonly pattern?: Uint8Array
  /** Bytes that it gives in all. */
  readonly bytes: number
  /** Of those, before the ones taken. */
  readonly skip: number
  /** Of those taken. */
  readonly length: number
}

/** A run of bytes of a file. */
export interface Chunk {
  /** Relative to the checkpoint. */
  readonly file: string
  /** Of the first byte, in bytes, absolute in the file. */
  readonly offset: number
  /** In bytes, in the file. */
  readonly length: number
  /** From the file inwards; absent where the bytes of the file are the values. */
  readonly layers?: readonly Layer[]
  /** Which part of the tensor it holds, row by row; absent for all of it. */
  readonly box?: Box
  /** Of the values in the chunk, in blocks, where its box is stored as a part of a larger one. */
  readonly strides?: readonly number[]
  /**
   * How many bytes further on they are: of a zip member at a distance, whose local header is compared with the
   * directory only when this is called. `read` reads the file. Absent where `offset` is sure.
   */
  readonly locate?: (read: (offset: number, length: number) => Promise<Uint8Array>) => Promise<number>
  /** The bytes are a file of their own that holds one tensor: the part. Where in it is found when it is read. */
  readonly blob?: true
}

/** The `length` bytes from `skip` on of what a chunk gives. */
export function partOf(chunk: Chunk, skip: number, length: number): Chunk {
  const last = chunk.layers?.at(-1)
  if (last === undefined) return { ...chunk, offset: chunk.offset + skip, length }
  const layers = [
    ...(chunk.layers as readonly Layer[]).slice(0, -1),
    { ...last, skip: last.skip + skip, length },
  ]
  return { ...chunk, layers }
}

/** What a chunk gives, decoded once more: `bytes` of it in all. */
export function decodedBy(chunk: Chunk, codec: Layer['codec'], bytes: number): Chunk {
  return { ...chunk, layers: [...(chunk.layers ?? []), { codec, bytes, skip: 0, length: bytes }] }
}
