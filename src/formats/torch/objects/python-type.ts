import type { PickleValue } from '../../../codec/pickle-value.ts'
import { numpyScalarType } from '../rebuild/numpy.ts'
import { elementType } from '../rebuild/storage-class.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { bytesOf, calleeName } from './objects.ts'

/** Classes that pickles call like functions. */
const called = new Set([
  'collections.OrderedDict',
  'collections.Counter',
  'collections.defaultdict',
  'collections.deque',
  '_io.BytesIO',
  'torch.Size',
  'torch.device',
])
const builtins = new Set(['set', 'frozenset', 'list', 'tuple', 'dict', 'bytearray', 'complex', 'slice'])

/** The class of a value, as Python names it; null where the pickle does not say: it may call any function. */
export function pythonType(value: PickleValue, read: TensorReader): string | null {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'str'
  if (value.kind === 'global') return elementType(value) === undefined ? null : 'torch.dtype'
  if (value.kind === 'persistent') return null
  if (value.kind !== 'call') return value.kind
  if (bytesOf(value) !== undefined) return 'bytes'
  if (read(value) !== null) return 'torch.Tensor'
  const name = calleeName(value)
  if (name === undefined) return null
  const builtin = /^(?:builtins|__builtin__)\.(\w+)$/.exec(name)?.[1]
  if (builtin !== undefined) return builtins.has(builtin) ? builtin : null
  const scalar = numpyScalarType(value)
  if (scalar !== undefined) return scalar
  if (/^numpy\.(_?core)\.multiarray\._reconstruct$/.test(name)) return 'numpy.ndarray'
  return called.has(name) || value.via === 'newobj' ? name : null
}
