import { quoted, SdinspectError } from '../../errors.ts'
import type { DType } from '../../model/tensors/dtype.ts'
import { numpyDimensions, numpyTypes } from '../numpy-types.ts'
import { type Literal, type LiteralList, readLiteral } from './literal.ts'

// numpy/lib/format.py: "\x93NUMPY" | major | minor | u16 length, or u32 from version 2 on | a Python dict | the values

/** What an array holds. */
export type ArrayType =
  | { readonly kind: 'numbers'; readonly dtype: DType; readonly isBigEndian: boolean; readonly bytes: number }
  /** Values of a fixed size that are no numbers, or of a type that the file does not name. `said` names it. */
  | { readonly kind: 'bytes'; readonly said: string; readonly bytes: number }
  /** A pickle. */
  | { readonly kind: 'objects' }

export interface ArrayHeader {
  readonly type: ArrayType
  readonly shape: readonly number[]
  readonly elements: number
  readonly isFortran: boolean
  /** Before the values. */
  readonly headerBytes: number
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Bytes that tell how long the header is. */
export const prefixBytes = 12
/** NumPy reads no longer one, unless it is told to trust the file. */
const mostCharacters = 10_000
/** Headers are padded to 64, and a shape of 64 dimensions fits. */
export const usualHeaderBytes = 512

function isArray(head: Uint8Array): boolean {
  return magic.every((byte, at) => head[at] === byte)
}

/**
 * How long the header is, its prefix included.
 *
 * @param start the first {@link prefixBytes} bytes, or fewer where there are no more
 * @throws SdinspectError `format/malformed`, `format/truncated`
 */
export function headerLength(start: Uint8Array): number {
  if (start.length < 10) throw new SdinspectError('format/truncated', 'the array ends in its header')
  if (!isArray(start)) throw new SdinspectError('format/malformed', 'it does not begin as a NumPy array does')
  const [major, minor] = [start[6] as number, start[7] as number]
  if (major < 1 || major > 3 || minor !== 0)
    throw new SdinspectError(
      'format/malformed',
      `the array says version ${major}.${minor} of its format; there are 1.0, 2.0 and 3.0`,
    )
  const view = new DataView(start.buffer, start.byteOffset, start.length)
  if (major > 1 && start.length < prefixBytes)
    throw new SdinspectError('format/truncated', 'the array ends in its header')
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > mostCharacters)
    throw new SdinspectError(
      'format/malformed',
      `the header of the array says it has ${length} bytes; NumPy reads none of over ${mostCharacters}`,
    )
  return (major === 1 ? 10 : prefixBytes) + length
}

/**
 * @param bytes the whole header, with its prefix
 * @throws SdinspectError `format/malformed`
 */
export function parseHeader(bytes: Uint8Array): ArrayHeader {
  const major = bytes[6] as number
  const literal = readLiteral(textOf(bytes.subarray(major === 1 ? 10 : prefixBytes), major))
  if (!(literal instanceof Map) || [...literal.keys()].sort().join() !== 'descr,fortran_order,shape')
    throw malformed("is no dict of 'descr', 'fortran_order' and 'shape'")
  const isFortran = literal.get('fortran_order')
  if (typeof isFortran !== 'boolean') throw malformed("has a 'fortran_order' that is neither True nor False")
  const shape = shapeOf(literal.get('shape'))
  return { ...shape, isFortran, type: typeOf(literal.get('descr')), headerBytes: bytes.length }
}

function malformed(what: string): SdinspectError {
  return new SdinspectError('format/malformed', `the header of the array ${what}`)
}

/** Latin-1 up to version 2. */
function textOf(bytes: Uint8Array, major: number): string {
  if (major < 3) return new TextDecoder('latin1').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('is no UTF-8')
  }
}

function shapeOf(value: Literal | undefined): {
  readonly shape: readonly number[]
  readonly elements: number
} {
  const items =
    typeof value === 'object' && 'kind' in value && value.kind === 'tuple' ? value.items : undefined
  if (items === undefined) throw malformed("has a 'shape' that is no tuple")
  if (items.length > numpyDimensions)
    throw malformed(`has a shape of ${items.length} dimensions; NumPy has at most ${numpyDimensions}`)
  let elements = 1
  const shape = items.map((length) => {
    if ((typeof length !== 'number' && typeof length !== 'bigint') || length < 0)
      throw malformed("has a 'shape' with something other than lengths")
    // NumPy multiplies in 64 bits and refuses what passes them, a zero beside it or not.
    if (length > Number.MAX_SAFE_INTEGER)
      throw malformed(`has a dimension of ${length}, more than any file holds`)
    elements *= Number(length)
    return Number(length)
  })
  if (elements > Number.MAX_SAFE_INTEGER) throw malformed('has a shape of more elements than any file holds')
  return { shape, elements }
}

function typeOf(descr: Literal | undefined): ArrayType {
  if (isList(descr)) return recordOf(descr.items)
  if (typeof descr !== 'string') throw malformed("has a 'descr' that names no type")
  const [, order, name, unit] = /^([<>|=]?)([A-Za-z][0-9]*)(\[[a-zA-Z0-9]+\])?$/.exec(descr) ?? []
  if (name === undefined)
    throw new SdinspectError(
      'format/malformed',
      `the header of the array has the type ${quoted(descr)}, which NumPy does not read`,
      { hint: 'convert the array to a type of NumPy before it is saved: array.astype("float32")' },
    )
  if (name[0] === 'O') return { kind: 'objects' }
  // MLX writes its bfloat16 so, with the byte order that NumPy gives no raw bytes, and reads it back as that.
  const dtype = descr === '<V2' ? 'BF16' : numpyTypes.get(name)
  const size = Number(name.slice(1))
  if (dtype !== undefined) return { kind: 'numbers', dtype, isBigEndian: order === '>', bytes: size }
  const said = words[name[0] as string]
  const sizes = sizesOf[name[0] as string]
  const isDate = name[0] === 'M' || name[0] === 'm'
  if (said === undefined || sizes?.includes(size) === false || (unit !== undefined && !isDate))
    throw malformed(`has the type ${quoted(descr)}, which NumPy does not write`)
  return { kind: 'bytes', said: `${said} (${descr})`, bytes: name[0] === 'U' ? 4 * size : size }
}

function isList(value: Literal | undefined, kind: LiteralList['kind'] = 'list'): value is LiteralList {
  return typeof value === 'object' && 'kind' in value && value.kind === kind
}

/** A structured type (`numpy.lib.format.descr_to_dtype`): fields with a name, a type and perhaps a shape, one after the other. */
function recordOf(fields: readonly Literal[]): ArrayType {
  let bytes = 0
  let hasObjects = false
  const names = new Set<string>()
  for (const field of fields) {
    if (!isList(field, 'tuple') || field.items.length < 2 || field.items.length > 3)
      throw malformed('has a record with a field that is no name and type')
    const [named, descr, shape] = field.items
    for (const name of isList(named, 'tuple') ? named.items : [named]) {
      if (typeof name !== 'string') throw malformed('has a record with a field without a name')
      if (name !== '' && names.has(name)) throw malformed(`has a record with two fields ${quoted(name)}`)
      names.add(name)
    }
    const type = typeOf(descr)
    const times = shape === undefined ? 1 : fieldElements(shape)
    if (type.kind === 'objects') hasObjects = true
    else bytes += type.bytes * times
  }
  if (hasObjects) return { kind: 'objects' }
  return { kind: 'bytes', said: 'records', bytes }
}

function fieldElements(shape: Literal): number {
  return shapeOf(typeof shape === 'number' ? { kind: 'tuple', items: [shape] } : shape).elements
}

/** Of types that are no numbers, or none that torch has. */
const words: Readonly<Record<string, string>> = {
  U: 'texts',
  S: 'byte strings',
  a: 'byte strings',
  V: 'raw bytes',
  M: 'dates',
  m: 'time spans',
  f: 'floats',
  g: 'floats',
  c: 'complex floats',
}

/** Sizes in bytes of those that have some and no others; long doubles are of 12 or 16. */
const sizesOf: Readonly<Record<string, readonly number[]>> = {
  f: [12, 16],
  g: [12, 16],
  c: [24, 32],
  M: [8],
  m: [8],
}
