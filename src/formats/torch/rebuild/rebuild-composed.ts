import { getItem, isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import { elementsIn, globalOf, isCall, itemsOf, qualified } from '../objects/objects.ts'
import { numpyArray } from './numpy.ts'
import { flag, malformed, type Rebuild, sizes } from './rebuild-arguments.ts'
import { elementType } from './storage-class.ts'
import { plainRecord } from './strided.ts'
import { isUnread, type TensorRecord } from './tensor-record.ts'

// Tensors that are made of other tensors: subclasses, sparse layouts, wrappers, other devices.

/** (function, type, its arguments, state): a subclass of Tensor, or a tensor with attributes. */
export const fromType: Rebuild = (call, read) => {
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

/** (layout, (indices…, values, size)): the shape is the size, the bytes are those of all parts. */
export const sparse: Rebuild = (call, read) => {
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

export const nested: Rebuild = (call, read) => {
  const values = read(call.args[0])
  return values === null || isUnread(values) ? values : { ...values, form: 'nested' }
}

/** (class, dtype, size, stride, offset, layout, device, requires grad): a shell around tensors in its state. */
export const wrapper: Rebuild = (call) => {
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
export const fromNumpy: Rebuild = (call, read) => {
  const [data, , , requiresGrad] = call.args
  const inner = numpyArray(data) ?? read(data)
  if (inner === null || isUnread(inner)) return { unread: 'a tensor of another device' }
  return { ...inner, requiresGrad: flag(requiresGrad) }
}
