import { readPickle } from '../../codec/pickle.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { PickledImport, ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { type Chunk, partOf } from '../../model/values/chunk.ts'
import { columnByColumn } from '../numpy-types.ts'
import { importsOf } from '../torch/safety/imports.ts'
import { brokenPickle } from '../torch/safety/safety.ts'
import { type ArrayHeader, headerLength, parseHeader, prefixBytes, usualHeaderBytes } from './array-header.ts'

/** An array in its file, or in an archive. */
export interface StoredArray {
  readonly name: string
  /** The file that it is in. */
  readonly file: string
  /** Bytes of the array with its header. */
  readonly bytes: number
  /** All of them. */
  readonly chunk: Chunk
  /** The first `count` bytes, or all where there are fewer. */
  head(count: number): Promise<Uint8Array>
}

/** What an array comes to: a tensor of numbers, or a value that is none. */
export interface ReadArray {
  readonly tensor?: Tensor
  readonly value?: Omit<ValueEntry, 'position'>
  readonly imports: readonly PickledImport[]
  readonly findings: readonly Finding[]
}

/**
 * Reads the header of an array, and of an array of objects the pickle that it is: for what it imports, never to
 * make it.
 *
 * @throws SdinspectError `format/*`, `limit/exceeded`
 */
export async function readArray(array: StoredArray, limits: Limits): Promise<ReadArray> {
  const header = await readHeader(array)
  const { type, shape, elements, headerBytes } = header
  if (type.kind === 'objects') return { ...(await objects(array, header, limits)), findings: [] }
  const size = elements * type.bytes
  const there = array.bytes - headerBytes
  const findings = endOf(array, size, there, headerBytes)
  if (type.kind === 'bytes' && !/^raw bytes \(\|V2\)$/.test(type.said))
    return { value: described(array.name, `${type.said} ${shapeText(shape)}`), imports: [], findings }
  const about = { tensor: array.name, file: array.file }
  const isRaw = type.kind === 'bytes'
  return {
    tensor: {
      name: array.name,
      dtype: isRaw ? null : type.dtype,
      shape,
      elements,
      bytes: isRaw ? null : size,
      values: isRaw ? 'layout not known' : valuesOf(array, header, type.isBigEndian, size),
      tiedTo: null,
    },
    imports: [],
    findings: isRaw ? [finding('numpy/raw-type', {}, about), ...findings] : findings,
  }
}

async function readHeader(array: StoredArray): Promise<ArrayHeader> {
  const head = await array.head(usualHeaderBytes)
  const length = headerLength(head.subarray(0, prefixBytes))
  if (length > array.bytes)
    throw new SdinspectError(
      'format/truncated',
      `the header of the array needs ${length} bytes, and there are ${array.bytes}`,
    )
  return parseHeader((length <= head.length ? head : await array.head(length)).subarray(0, length))
}

function endOf(array: StoredArray, size: number, there: number, headerBytes: number): Finding[] {
  if (size > there)
    throw new SdinspectError(
      'format/truncated',
      `the array ${quoted(array.name)} needs ${size} bytes for its values, and has ${there}`,
      { tensor: array.name },
    )
  if (size === there) return []
  return [
    finding(
      'numpy/trailing-bytes',
      { bytes: there - size, end: headerBytes + size },
      { tensor: array.name, file: array.file },
    ),
  ]
}

function valuesOf(array: StoredArray, header: ArrayHeader, isBig: boolean, size: number): Tensor['values'] {
  const { shape, isFortran, headerBytes } = header
  // Of one dimension, or none, both orders are the same.
  const isColumns = isFortran && shape.filter((length) => length !== 1).length > 1
  return {
    chunks: [partOf(array.chunk, headerBytes, size)],
    ...(isColumns ? { strides: columnByColumn(shape) } : {}),
    ...(isBig ? { bigEndian: true as const } : {}),
  }
}

async function objects(
  array: StoredArray,
  { shape, headerBytes }: ArrayHeader,
  limits: Limits,
): Promise<Pick<ReadArray, 'value' | 'imports'>> {
  withinLimit(
    limits,
    'pickleBytes',
    array.bytes - headerBytes,
    `the size of the pickle in ${quoted(array.name)}`,
  )
  const bytes = (await array.head(array.bytes)).subarray(headerBytes)
  const document = readPickle(bytes, limits, array.name)
  const imports = importsOf(document, limits, array.name)
  if (document.error !== null || document.value === undefined)
    throw brokenPickle(document.error, imports, headerBytes)
  return { value: described(array.name, `pickled objects ${shapeText(shape)}, not read`), imports }
}

function described(name: string, description: string): Omit<ValueEntry, 'position'> {
  return { name, type: 'numpy.ndarray', description }
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
