import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import type { DType } from '../../../model/dtype.ts'
import { bytesOf, calleeName, elementsIn, isCall } from '../objects/objects.ts'
import { plainRecord } from './strided.ts'
import type { TensorRecord } from './tensor-record.ts'

// numpy/core/src/multiarray: an array is _reconstruct(ndarray, (0,), b'b') with a state of
// (version, shape, dtype, Fortran order, bytes); a dtype is dtype('f4', False, True) with a state of
// (version, byte order, …). Python 2's strings and Latin-1 text stand for the bytes in older files.

const types: ReadonlyMap<string, DType> = new Map([
  ['f2', 'F16'],
  ['f4', 'F32'],
  ['f8', 'F64'],
  ['i1', 'I8'],
  ['i2', 'I16'],
  ['i4', 'I32'],
  ['i8', 'I64'],
  ['u1', 'U8'],
  ['u2', 'U16'],
  ['u4', 'U32'],
  ['u8', 'U64'],
  ['b1', 'BOOL'],
  ['c8', 'C64'],
  ['c16', 'C128'],
])

/** `f4` of a NumPy dtype; undefined for another value. */
function numpyTypeName(value: PickleValue | undefined): string | undefined {
  if (!isCall(value) || calleeName(value) !== 'numpy.dtype') return undefined
  const [name] = value.args
  return typeof name === 'string' ? name : undefined
}

/** NumPy's own limit. */
const mostDimensions = 64

function isArrayCall(call: PickleCall): boolean {
  return /^numpy\.(_?core)\.multiarray\._reconstruct$/.test(calleeName(call) ?? '')
}

/** A NumPy array of numbers as a tensor whose bytes are in the pickle; null for another value. */
export function numpyArray(value: PickleValue | undefined): TensorRecord | null {
  if (!isCall(value) || !isArrayCall(value)) return null
  const state = value.states.at(-1)
  if (!isRecord(state) || state.kind !== 'tuple' || state.items.length < 5) return null
  const [, size, type, , data] = state.items
  const dtype = types.get(numpyTypeName(type) ?? '')
  const shape = elementsIn(size)
  if (dtype === undefined || shape === undefined || shape.length > mostDimensions) return null
  if (!shape.every((length): length is number => typeof length === 'number' && length >= 0)) return null
  return {
    ...plainRecord,
    dtype,
    shape,
    inline: isRecord(data) && data.kind === 'bytes' ? data.bytes : null,
  }
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
  switch (name) {
    case 'f4':
      return view.getFloat32(0, true)
    case 'f8':
      return view.getFloat64(0, true)
    case 'i4':
      return view.getInt32(0, true)
    case 'u4':
      return view.getUint32(0, true)
    case 'i8':
      return view.getBigInt64(0, true)
    case 'u8':
      return view.getBigUint64(0, true)
    case 'b1':
      return view.getUint8(0) !== 0
    default:
      return undefined
  }
}
