import { getItem, isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import { isComplex } from '../../../model/tensors/dtype.ts'
import { elementsOf } from '../../../model/tensors/tensor.ts'
import { calleeName, elementsIn, globalOf, isCall, itemsOf } from '../objects/objects.ts'
import { numpyArray } from './numpy.ts'
import { flag, malformed, type Rebuild, sizes, spending } from './rebuild-arguments.ts'
import { fromNumpy, fromType, jagged, nested, wrapper } from './rebuild-composed.ts'
import { quantised } from './rebuild-quantised.ts'
import { shardedObject } from './rebuild-shard.ts'
import { sparse } from './rebuild-sparse.ts'
import { strided } from './rebuild-strided.ts'
import { elementType, tensorClassElementType } from './storage-class.ts'
import { storageOf } from './storage-of.ts'
import { plainRecord } from './strided.ts'
import { isUnread, type TensorReader, type TensorRecord, type UnreadTensor } from './tensor-record.ts'

// The functions that torch's tensors are pickled as: torch/_utils.py, torch/_tensor.py (_reduce_ex_internal),
// torch/nn/parameter.py. Each rebuild here reads the arguments that the function of that name would get.

/** Arguments that no function of that kind has. */
const none = 99

const typed =
  (requiresGradAt: number, metadataAt: number): Rebuild =>
  (call) => {
    const [storage, offset, size, stride] = call.args
    const found = storageOf(storage)
    const dtype = found?.unit === 'bytes' ? 'U8' : found?.unit
    const record = strided(call, found, dtype, [offset, size, stride], call.args[requiresGradAt])
    return withBits(record, call, call.args[metadataAt])
  }

const untyped: Rebuild = (call) => {
  const [storage, offset, size, stride, requiresGrad, , type, metadata] = call.args
  const global = globalOf(type)
  const record = strided(
    call,
    storageOf(storage),
    global === undefined ? undefined : elementType(global),
    [offset, size, stride],
    requiresGrad,
  )
  return withBits(record, call, metadata)
}

/** What `torch._C._set_tensor_metadata` takes from the last argument: the conjugate and the negative bit. */
function withBits(
  record: TensorRecord | UnreadTensor,
  call: PickleCall,
  metadata: PickleValue | undefined,
): TensorRecord | UnreadTensor {
  const items = itemsOf(metadata)
  if (items === undefined || isUnread(record)) return record
  const conj = getItem(items, 'conj') === true
  const neg = getItem(items, 'neg') === true
  if (conj && (record.dtype === null || !isComplex(record.dtype)))
    throw malformed(call, `is of ${record.dtype} and has the conjugate bit, which only complex tensors have`)
  return { ...record, conj, neg }
}

/** The inner tensor of a Parameter is detached: its own flag is always False, the outer one counts. */
const parameter: Rebuild = (call, read) => {
  const inner = read(call.args[0])
  if (inner === null) throw malformed(call, 'is a Parameter of no tensor')
  if (isUnread(inner)) return inner
  return { ...inner, role: 'parameter', requiresGrad: flag(call.args[1]) }
}

const meta: Rebuild = (call) => {
  const [type, size, stride, requiresGrad] = call.args
  const global = globalOf(type)
  const dtype = global === undefined ? undefined : elementType(global)
  if (dtype === undefined) return { unread: 'a meta tensor of an element type that is not known' }
  const shape = sizes(call, size, 'shape')
  return {
    ...plainRecord,
    dtype,
    shape,
    strides: sizes(call, stride, 'strides'),
    representation: { kind: 'meta' },
    requiresGrad: flag(requiresGrad),
  }
}

/** (requires grad): of a lazy module, without a shape until it has run once. */
const uninitialised =
  (role: 'parameter' | 'buffer'): Rebuild =>
  ({ args }) => ({
    ...plainRecord,
    dtype: null,
    shape: [0],
    role,
    representation: { kind: 'uninitialised' },
    requiresGrad: flag(args[0]),
  })

/** Files of torch 0.1 to 0.3: an empty object that BUILD fills. */
const oldParameter: Rebuild = (call, read) => {
  const state = call.states.at(-1)
  const items = isRecord(state) && state.kind === 'tuple' ? state.items : []
  if (items.length === 5) {
    const inner = read(items[0])
    return inner === null || isUnread(inner)
      ? inner
      : { ...inner, role: 'parameter', requiresGrad: flag(items[3]) }
  }
  if (items.length === 4) {
    const found = storageOf(items[0])
    const record = strided(
      call,
      found,
      found?.unit === 'bytes' ? undefined : found?.unit,
      items.slice(1),
      null,
    )
    return isUnread(record) ? record : { ...record, role: 'parameter' }
  }
  const inner = read(call.args[0])
  if (inner === null) return { unread: 'a Parameter without a tensor' }
  return isUnread(inner) ? inner : { ...inner, role: 'parameter', requiresGrad: flag(call.args[1]) ?? true }
}

const rebuilds: ReadonlyMap<string, Rebuild> = new Map([
  ['torch._utils._rebuild_tensor', typed(none, none)],
  ['torch._utils._rebuild_tensor_v2', typed(4, 6)],
  ['torch._utils._rebuild_tensor_v3', untyped],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
  ['torch._tensor._rebuild_from_type_v2', fromType],
  ['torch._tensor._rebuild_from_type', fromType],
  ['torch.tensor._rebuild_from_type_v2', fromType],
  ['torch.tensor._rebuild_from_type', fromType],
  ['torch._utils._rebuild_qtensor', quantised],
  ['torch._utils._rebuild_sparse_tensor', sparse],
  ['torch._utils._rebuild_sparse_csr_tensor', sparse],
  ['torch._utils._rebuild_meta_tensor_no_storage', meta],
  ['torch._utils._rebuild_nested_tensor', nested],
  ['torch.nested._internal.nested_tensor._rebuild_njt', jagged],
  ['torch._utils._rebuild_wrapper_subclass', wrapper],
  ['torch.distributed._shard.sharded_tensor.api.ShardedTensor', shardedObject],
  ['torch._utils._rebuild_device_tensor_from_numpy', fromNumpy],
  ['torch._utils._rebuild_device_tensor_from_cpu_tensor', fromNumpy],
  ['torch._utils._rebuild_xla_tensor', fromNumpy],
  ['torch.nn.parameter.UninitializedParameter', uninitialised('parameter')],
  ['torch.nn.parameter.UninitializedBuffer', uninitialised('buffer')],
  ['torch.nn.parameter.Parameter', oldParameter],
])

function rebuildOf(call: PickleCall): Rebuild | undefined {
  const name = calleeName(call)
  const known = name === undefined ? undefined : rebuilds.get(name)
  if (known !== undefined) return known
  const global = globalOf(call.callee)
  const old = global === undefined ? undefined : tensorClassElementType(global)
  if (old === undefined) return undefined
  return (made) => {
    const state = made.states.at(-1)
    const items = isRecord(state) && state.kind === 'tuple' ? state.items : made.args
    return strided(made, storageOf(items[0]), old, items.slice(1), null)
  }
}

/** Shapes and strides are among the arguments; one list, shared through the memo, may be that of any number of tensors. */
function refuseManyDimensions(call: PickleCall, limits: Limits): void {
  const state = call.states.at(-1)
  const inner = isRecord(state) && state.kind === 'tuple' ? state.items : []
  for (const value of [...call.args.slice(0, 16), ...inner.slice(0, 16)]) {
    const length = elementsIn(value)?.length ?? 0
    withinLimit(
      limits,
      'dimensions',
      length,
      `data.pkl: the number of dimensions of the tensor at ${call.offset}`,
    )
  }
}

/** torch makes meta and sparse tensors of up to 2^63 elements. */
function countable<T extends TensorRecord | UnreadTensor | null>(record: T): T | UnreadTensor {
  if (record === null || isUnread(record) || Number.isSafeInteger(elementsOf(record.shape))) return record
  return { unread: `a tensor of shape [${record.shape.slice(0, 20).join(', ')}], of over 2^53 elements` }
}

/** Deeper than any real record (a Parameter of a subclass of a tensor) and shallow enough for the call stack. */
const wrappings = 32

/**
 * A reader of tensors that gives the same record for the same object: an entry that a file has twice is one tensor.
 * NumPy arrays are tensors where a file has no others (`numpyArrays`).
 *
 * @throws SdinspectError `format/malformed` from the reader, for a tensor that torch could not rebuild either
 */
export function tensorReader(
  limits: Limits,
  { numpyArrays = false, known = new Map<PickleCall, TensorRecord | UnreadTensor | null>() } = {},
): TensorReader {
  const reading = new Set<PickleCall>()
  let depth = 0
  const spend = spending(limits)
  const read: TensorReader = (value) => {
    if (!isCall(value)) return null
    const before = known.get(value)
    if (before !== undefined) return before
    if (reading.has(value)) return { unread: 'a tensor that is inside itself' }
    const rebuild = rebuildOf(value)
    if (rebuild === undefined) {
      const array = numpyArrays ? numpyArray(value) : null
      if (array !== null) known.set(value, array)
      return array
    }
    if (depth >= wrappings) throw malformed(value, `is wrapped more than ${wrappings} times`)
    refuseManyDimensions(value, limits)
    depth++
    reading.add(value)
    try {
      const record = countable(rebuild(value, read, spend))
      known.set(value, record)
      return record
    } finally {
      reading.delete(value)
      depth--
    }
  }
  return read
}
