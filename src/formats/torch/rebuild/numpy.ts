import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import type { DType } from '../../../model/tensors/dtype.ts'
import { columnByColumn, numpyDimensions, numpyTypes } from '../../numpy-types.ts'
import { bytesOf, calleeName, elementsIn, globalOf, isCall, qualified } from '../objects/objects.ts'
import { plainRecord } from './strided.ts'
import type { BytesOfText, TensorRecord } from './tensor-record.ts'

// numpy/core/src/multiarray: an array is _reconstruct(ndarray, (0,), b'b') with a state of
// (version, shape, dtype, Fortran order, bytes), and in protocol 5 _frombuffer(bytes, dtype, shape, order); a dtype
// is dtype('f4', False, True) with a state of (version, byte order, …). Python 2's strings and Latin-1 text stand for
// the bytes in older files.

/** Types that the package ml_dtypes adds to NumPy, as JAX writes them. */
const addedTypes: ReadonlyMap<string, DType> = new Map([
  ['ml_dtypes.bfloat16', 'BF16'],
  ['ml_dtypes.float8_e4m3fn', 'F8_E4M3'],
  ['ml_dtypes.float8_e4m3fnuz', 'F8_E4M3FNUZ'],
  ['ml_dtypes.float8_e5m2', 'F8_E5M2'],
  ['ml_dtypes.float8_e5m2fnuz', 'F8_E5M2FNUZ'],
  ['ml_dtypes.float8_e8m0fnu', 'F8_E8M0'],
])

/** `f4` of a NumPy dtype, `ml_dtypes.bfloat16` of an added one; undefined for another value. */
function numpyTypeName(value: PickleValue | undefined): string | undefined {
  if (!isCall(value) || calleeName(value) !== 'numpy.dtype') return undefined
  const [name] = value.args
  if (typeof name === 'string') return name.replace(/^[<>=|]/, '')
  const global = globalOf(name)
  return global === undefined ? undefined : qualified(global)
}

/** The byte order is the second of a dtype's state: `<`, `>`, or `|` where there is none. */
function isBigEndianType(value: PickleValue | undefined): boolean {
  if (!isCall(value)) return false
  const state = value.states.at(-1)
  const order = isRecord(state) && state.kind === 'tuple' ? state.items[1] : undefined
  if (typeof order === 'string') return order === '>'
  const [name] = value.args
  return typeof name === 'string' && name.startsWith('>')
}

/** What an array is pickled with, of either form. */
interface ArrayState {
  readonly size: PickleValue | undefined
  readonly type: PickleValue | undefined
  readonly isFortran: boolean
  readonly data: PickleValue | undefined
}

function arrayState(call: PickleCall): ArrayState | undefined {
  const name = calleeName(call) ?? ''
  if (/^numpy\.(_?core)\.multiarray\._reconstruct$/.test(name)) {
    const state = call.states.at(-1)
    if (!isRecord(state) || state.kind !== 'tuple' || state.items.length < 5) return undefined
    const [, size, type, fortran, data] = state.items
    return { size, type, isFortran: fortran === true || fortran === 1, data }
  }
  if (!/^numpy\.(_?core)\.numeric\._frombuffer$/.test(name)) return undefined
  const [data, type, size, order] = call.args
  return { size, type, isFortran: order === 'F', data }
}

/** A NumPy array of numbers as a tensor whose bytes are in the pickle; null for another value. */
export function numpyArray(value: PickleValue | undefined): TensorRecord | null {
  if (!isCall(value)) return null
  const state = arrayState(value)
  if (state === undefined) return null
  const name = numpyTypeName(state.type) ?? ''
  const dtype = numpyTypes.get(name) ?? addedTypes.get(name)
  const shape = elementsIn(state.size)
  if (dtype === undefined || shape === undefined || shape.length > numpyDimensions) return null
  if (!shape.every((length): length is number => typeof length === 'number' && length >= 0)) return null
  const data = pickledBytes(state.data, value.offset)
  return {
    ...plainRecord,
    dtype,
    shape,
    strides: state.isFortran ? columnByColumn(shape) : null,
    inline: data === null ? null : { data, isBigEndian: isBigEndianType(state.type) },
  }
}

/**
 * Bytes as the stream has them, or the text that they were read as; null for what is neither.
 *
 * @param near an opcode of the array they are of
 */
function pickledBytes(value: PickleValue | undefined, near: number): Uint8Array | BytesOfText | null {
  if (typeof value === 'string') return { bytes: new TextEncoder().encode(value), encoding: 'none', near }
  if (!isRecord(value)) return null
  if (value.kind === 'bytes' || value.kind === 'bytearray') {
    const { bytes, encodedAt } = value
    return encodedAt === undefined ? bytes : { bytes, encoding: 'latin1', near: encodedAt }
  }
  // Python 3 writes no bytes at all as a call in protocol 2.
  const isNone = value.kind === 'call' && /^(__builtin__|builtins)\.bytes$/.test(calleeName(value) ?? '')
  return isNone && value.args.length === 0 ? new Uint8Array() : null
}

/** The number a NumPy scalar holds; undefined for another value or type. */
export function numpyScalar(value: PickleValue | undefined): number | bigint | boolean | undefined {
  if (!isCall(value) || !/^numpy\.(_?core)\.multiarray\.scalar$/.test(calleeName(value) ?? ''))
    return undefined
  const [type, data] = value.args
  const name = numpyTypeName(type)
  const bytes = bytesOf(data)
  if (name === undefined || bytes === undefined) return undefined
  const width = Number(name.slice(1))
  if (bytes.length !== width) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isLittle = !isBigEndianType(type)
  switch (name) {
    case 'f4':
      return view.getFloat32(0, isLittle)
    case 'f8':
      return view.getFloat64(0, isLittle)
    case 'i4':
      return view.getInt32(0, isLittle)
    case 'u4':
      return view.getUint32(0, isLittle)
    case 'i8':
      return view.getBigInt64(0, isLittle)
    case 'u8':
      return view.getBigUint64(0, isLittle)
    case 'b1':
      return view.getUint8(0) !== 0
    default:
      return undefined
  }
}

const scalarTypes: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
}

/** The class of a NumPy scalar: `numpy.float32`. */
export function numpyScalarType(value: PickleValue | undefined): string | undefined {
  if (!isCall(value) || !/^numpy\.(_?core)\.multiarray\.scalar$/.test(calleeName(value) ?? ''))
    return undefined
  const name = scalarTypes[numpyTypeName(value.args[0]) ?? '']
  return name === undefined ? undefined : `numpy.${name}`
}
