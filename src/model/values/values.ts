import type { DType } from '../tensors/dtype.ts'
import type { Chunk } from './chunk.ts'

/** Where a tensor's values are. Two tensors of the same bytes, shape, strides and bits are tied. */
export interface Values {
  /** One, or one for each box of a tensor that is stored in parts. */
  readonly chunks: readonly Chunk[]
  /**
   * Along each dimension, from one value to the next, where they are not row by row without gaps: a view. In
   * blocks of the element type (`dtypes`): the last dimension of a type of less than a byte counts blocks too.
   */
  readonly strides?: readonly number[]
  /** What they are read as where the file does not record a type: numbers of a text. */
  readonly type?: DType
  /** Absent for little-endian values. */
  readonly bigEndian?: true
  /** The complex conjugates are stored. */
  readonly conj?: true
  /** The negatives are stored. */
  readonly neg?: true
}

/** Why a tensor has no values that could be read. */
export type NoValues =
  /** A tensor of the meta device, or one that was never initialised. */
  | 'meta'
  /** The file describes the tensor, and the values are elsewhere: a manifest, a report, a header. */
  | 'not in this file'
  /** It is made of other tensors (`representation`), each with values of its own: a sparse tensor, a shard, a subclass. */
  | 'in its parts'
  /** They are there, in a form that is not read. */
  | 'layout not known'

/** Values that fill one run of a file, row by row and little-endian: a chunk that is its own list. */
class Run implements Values, Chunk {
  readonly file: string
  readonly offset: number
  readonly length: number

  constructor(file: string, offset: number, length: number) {
    this.file = file
    this.offset = offset
    this.length = length
  }

  // Made when asked for: a header may hold a million of these.
  get chunks(): readonly Chunk[] {
    return [this]
  }
}

/** @param offset of the first byte, absolute in the file */
export function runOf(file: string, offset: number, length: number): Values & Chunk {
  return new Run(file, offset, length)
}

/** The same values of a file that goes by another name. */
export function inFile(values: Values | NoValues, file: string): Values | NoValues {
  if (!hasValues(values)) return values
  if (values instanceof Run)
    return values.file === file ? values : new Run(file, values.offset, values.length)
  return { ...values, chunks: values.chunks.map((chunk) => ({ ...chunk, file })) }
}

/** Whether they were memory that tensors may share. Numbers written as text, and blobs of one tensor, have lost that. */
export function wereMemory(values: Values | NoValues): boolean {
  return (
    hasValues(values) &&
    !values.chunks.some(
      ({ blob, layers }) =>
        blob || layers?.some(({ codec }) => codec === 'json-numbers' || codec === 'varints'),
    )
  )
}

function hasValues(values: Values | NoValues): values is Values {
  return typeof values !== 'string'
}
