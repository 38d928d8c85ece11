import { getItem, isRecord, type PickleCall, type PickleValue } from '../../codec/pickle-value.ts'
import { SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { DType } from '../../model/dtype.ts'
import { numpyArray } from './numpy.ts'
import { calleeName, elementsIn, globalOf, isCall, itemsOf, qualified } from './objects.ts'
import { elementType, tensorClassElementType } from './storage-class.ts'
import { storageOf } from './storage-ref.ts'
import { plainRecord, stridedRecord } from './strided.ts'
import {
  isUnread,
  type StorageRef,
  type TensorReader,
  type TensorRecord,
  type UnreadTensor,
} from './tensor-record.ts'

// The functions that torch's tensors are pickled as: torch/_utils.py, torch/_tensor.py (_reduce_ex_internal),
// torch/nn/parameter.py. Each rebuild here reads the arguments that the function of that name would get.

type Rebuild = (call: PickleCall, read: TensorReader) => TensorRecord | UnreadTensor | null

function malformed(call: PickleCall, what: string): SdinspectError {
  return new SdinspectError('format/malformed', `data.pkl: the tensor at ${call.offset} ${what}`, {
    offset: call.offset,
  })
}

/** A list of sizes, strides or offsets: not negative, and no larger than a double holds. */
function sizes(call: PickleCall, value: PickleValue | undefined, what: string): number[] {
  const items = elementsIn(value)
  if (items === undefined) throw malformed(call, `has no ${what}`)
  return items.map((item) => {
    if (typeof item === 'number' && item >= 0) return item
    throw malformed(call, `has the ${what} [${items.slice(0, 8).map(shown).join(', ')}]`)
  })
}

function shown(value: PickleValue): string {
  return isRecord(value) ? value.kind : String(value).slice(0, 40)
}

function flag(value: PickleValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null
}

function strided(
  call: PickleCall,
  storage: StorageRef | undefined,
  dtype: DType | undefined,
  [offset, size, stride]: readonly (PickleValue | undefined)[],
  requiresGrad: PickleValue | undefined,
): TensorRecord | UnreadTensor {
  if (storage === undefined) throw malformed(call, 'has no storage')
  if (dtype === undefined) return { unread: 'a tensor of an element type that is not known' }
  if (typeof offset !== 'number' || offset < 0)
    throw malformed(call, `has the storage offset ${offset === undefined ? 'of nothing' : shown(offset)}`)
  const view = {
    storage,
    dtype,
    offset,
    shape: sizes(call, size, 'shape'),
    strides: sizes(call, stride, 'strides'),
    requiresGrad: flag(requiresGrad),
  }
  return stridedRecord(view, (what) => malformed(call, what))
}

const typed =
  (requiresGradAt: number): Rebuild =>
  (call) => {
    const [storage, offset, size, stride] = call.args
    const found = storageOf(storage)
    const dtype = found?.unit === 'bytes' ? 'U8' : found?.unit
    return strided(call, found, dtype, [offset, size, stride], call.args[requiresGradAt])
  }

const untyped: Rebuild = (call) => {
  const [storage, offset, size, stride, requiresGrad, , type] = call.args
  const global = globalOf(type)
  return strided(
    call,
    storageOf(storage),
    global === undefined ? undefined : elementType(global),
    [offset, size, stride],
    requiresGrad,
  )
}

/** The inner tensor of a Parameter is detached: its own flag is always False, the outer one counts. */
const parameter: Rebuild = (call, read) => {
  const inner = read(call.args[0])
  if (inner === null) throw malformed(call, 'is a Parameter of no tensor')
  if (isUnread(inner)) return inner
  return { ...inner, role: 'parameter', requiresGrad: flag(call.args[1]) }
}

/** (function, type, its arguments, state): a subclass of Tensor, or a tensor with attributes. */
const fromType: Rebuild = (call, read) => {
  const [rebuild, type, args, state] = call.args
  const items = elementsIn(args)
  const global = globalOf(type)
  if (rebuild === undefined || items === undefined || global === undefined)
    throw malformed(call, 'is of a type that is not named')
  const inner = read({ ...call, callee: rebuild, args: items, states: [], entries: null, items: [] })
  if (inner === null) return { unread: `a tensor of the class ${qualified(global)}` }
  if (isUnread(inner)) return inner
  const attributes = stateDict(state)
  const has = (name: string) => attributes !== undefined && getItem(attributes, name) === true
  const isPlain =
    qualified(global) === 'torch.Tensor' ||
    /^torch\.nn\.parameter\.(Parameter|Buffer)$/.test(qualified(global))
  const parts = attributes?.values.map(read).filter((part) => part !== null && !isUnread(part)) as
    | TensorRecord[]
    | undefined
  const persistent = attributes === undefined ? undefined : getItem(attributes, 'persistent')
  return {
    ...inner,
    role:
      has('_is_param') || global.name === 'Parameter'
        ? 'parameter'
        : has('_is_buffer')
          ? 'buffer'
          : inner.role,
    persistent: has('_is_buffer') ? flag(persistent) : null,
    form: isPlain ? inner.form : qualified(global),
    parts: inner.storage === null ? (parts ?? []) : inner.parts,
  }
}

function stateDict(state: PickleValue | undefined) {
  if (!isRecord(state)) return undefined
  if (state.kind === 'dict') return state
  return state.kind === 'tuple' ? itemsOf(state.items[0]) : undefined
}

const quantised: Rebuild = (call) => {
  const [storage, offset, size, stride, , requiresGrad] = call.args
  const found = storageOf(storage)
  return strided(
    call,
    found,
    found?.unit === 'bytes' ? undefined : found?.unit,
    [offset, size, stride],
    requiresGrad,
  )
}

/** (layout, (indices…, values, size)): the shape is the size, the bytes are those of all parts. */
const sparse: Rebuild = (call, read) => {
  const [layout, args] = call.args
  const named = isCall(layout) ? layout.args[0] : globalOf(layout)?.name
  const name = typeof named === 'string' ? named.replace(/^torch\./, '') : 'sparse'
  const items = elementsIn(args) ?? []
  const tensors: TensorRecord[] = []
  let shape: number[] | undefined
  for (const item of items) {
    const part = read(item)
    if (part !== null && !isUnread(part)) tensors.push(part)
    else if (part === null && elementsIn(item) !== undefined) shape = sizes(call, item, 'shape')
  }
  const values = tensors.at(-1)
  if (values === undefined || shape === undefined)
    throw malformed(call, 'is sparse and lacks its values or shape')
  return { ...plainRecord, dtype: values.dtype, shape, form: name, parts: tensors }
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
    form: 'meta',
    requiresGrad: flag(requiresGrad),
  }
}

const nested: Rebuild = (call, read) => {
  const values = read(call.args[0])
  return values === null || isUnread(values) ? values : { ...values, form: 'nested' }
}

/** (class, dtype, size, stride, offset, layout, device, requires grad): a shell around tensors in its state. */
const wrapper: Rebuild = (call) => {
  const [wrapped, type, size, , , , , requiresGrad] = call.args
  const global = globalOf(type)
  const dtype = global === undefined ? undefined : elementType(global)
  const name = globalOf(wrapped)
  if (dtype === undefined) return { unread: 'a wrapped tensor of an element type that is not known' }
  return {
    ...plainRecord,
    dtype,
    shape: sizes(call, size, 'shape'),
    form: name === undefined ? 'wrapper' : qualified(name),
    requiresGrad: flag(requiresGrad),
  }
}

/** (data, dtype, device, requires grad): what XLA and other devices come back as. */
const fromNumpy: Rebuild = (call, read) => {
  const [data, , , requiresGrad] = call.args
  const inner = numpyArray(data) ?? read(data)
  if (inner === null || isUnread(inner)) return { unread: 'a tensor of another device' }
  return { ...inner, requiresGrad: flag(requiresGrad) }
}

const uninitialised =
  (role: 'parameter' | 'buffer'): Rebuild =>
  () => ({ unread: `an uninitialised ${role} of a lazy module: no shape yet` })

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
  ['torch._utils._rebuild_tensor', typed(99)],
  ['torch._utils._rebuild_tensor_v2', typed(4)],
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
  ['torch._utils._rebuild_wrapper_subclass', wrapper],
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

/** Deeper than any real record (a Parameter of a subclass of a tensor) and shallow enough for the call stack. */
const wrappings = 32

/**
 * A reader of tensors that gives the same record for the same object: an entry that a file has twice is one tensor.
 * NumPy arrays are tensors where a file has no others (`numpyArrays`).
 *
 * @throws SdinspectError `format/malformed` from the reader, for a tensor that torch could not rebuild either
 */
export function tensorReader(limits: Limits, { numpyArrays = false } = {}): TensorReader {
  const known = new Map<PickleCall, TensorRecord | UnreadTensor | null>()
  let depth = 0
  const read: TensorReader = (value) => {
    if (!isCall(value)) return null
    const before = known.get(value)
    if (before !== undefined) return before
    const rebuild = rebuildOf(value)
    if (rebuild === undefined) {
      const array = numpyArrays ? numpyArray(value) : null
      if (array !== null) known.set(value, array)
      return array
    }
    if (depth >= wrappings) throw malformed(value, `is wrapped more than ${wrappings} times`)
    refuseManyDimensions(value, limits)
    depth++
    try {
      const record = rebuild(value, read)
      known.set(value, record)
      return record
    } finally {
      depth--
    }
  }
  return read
}
