import type { Representation, SubclassRepresentation } from '../../../model/tensors/representation.ts'
import { calleeName, elementsIn, globalOf, itemsOf, qualified } from '../objects/objects.ts'
import { attributeOf, innerTensors, otherAttributes } from './inner-tensors.ts'
import { numpyArray } from './numpy.ts'
import { flag, malformed, type Rebuild, sizes } from './rebuild-arguments.ts'
import { dtensor, isDTensor, isShardedTensor, shardedTensor } from './rebuild-shard.ts'
import { elementType } from './storage-class.ts'
import { plainRecord } from './strided.ts'
import { isUnread, type RecordPart, type TensorReader, type TensorRecord } from './tensor-record.ts'

// Tensors that are made of other tensors: subclasses, wrappers, other devices.

/** (function, type, its arguments, state): a subclass of Tensor, or a tensor with attributes. */
export const fromType: Rebuild = (call, read, spend) => {
  const [rebuild, type, args, state] = call.args
  const items = elementsIn(args)
  const global = globalOf(type)
  if (rebuild === undefined || items === undefined || global === undefined)
    throw malformed(call, 'is of a type that is not named')
  const name = qualified(global)
  const made = { ...call, callee: rebuild, args: items, states: [], entries: null, items: [] }
  const inner = read(made)
  if (inner === null) return { unread: `a tensor of the class ${name}` }
  if (isUnread(inner)) return inner
  const isBuffer = attributeOf(state, '_is_buffer') === true
  const isParameter = attributeOf(state, '_is_param') === true || global.name === 'Parameter'
  const tensor = {
    ...inner,
    role: isParameter ? 'parameter' : isBuffer ? 'buffer' : inner.role,
    persistent: isBuffer ? flag(attributeOf(state, 'persistent')) : null,
  } as const
  if (isPlainClass(name) || calleeName(made) === nestedClass) return tensor
  if (isDTensor(name)) return dtensor(tensor, state, read)
  if (isShardedTensor(name)) return shardedTensor(tensor, state, read)
  const parts = innerTensors(state, read, spend)
  return { ...tensor, representation: subclass(name, parts, otherAttributes(state, read)) }
}

/** Classes that keep their values as every tensor does. */
function isPlainClass(name: string): boolean {
  return name === 'torch.Tensor' || /^torch\.nn\.parameter\.(Parameter|Buffer)$/.test(name)
}

function subclass(
  name: string,
  parts: readonly RecordPart[],
  attributes: SubclassRepresentation['attributes'] = [],
): Representation<RecordPart> {
  const short = name.slice(name.lastIndexOf('.') + 1)
  const shown = parts.slice(0, 6).map((part) => `${part.name} ${tensorText(part.record)}`)
  const inner = shown.join(', ') + (parts.length > 6 ? `, and ${parts.length - 6} more` : '')
  return {
    kind: 'subclass',
    class: name,
    parts,
    ...(attributes.length === 0 ? {} : { attributes }),
    summary: parts.length === 0 ? short : `${short}: ${inner}`,
  }
}

/** `I8 [4, 8]`. */
function tensorText({ dtype, shape }: TensorRecord): string {
  return `${dtype ?? 'of no type'} [${shape.slice(0, 20).join(', ')}]`
}

/** (buffer, sizes, strides, offsets): the shape is that of the buffer, which has the tensors one after another. */
export const nested: Rebuild = (call, read) => {
  const names = ['values', 'sizes', 'strides', 'storage_offsets']
  const records = names.map((_, i) => read(call.args[i]))
  return nestedOf(names, records)
}

const nestedClass = 'torch.nested._internal.nested_tensor._rebuild_njt'

/** ({values, offsets, lengths, …}): a nested tensor of the layout jagged. */
export const jagged: Rebuild = (call, read) => {
  const names = ['values', 'offsets', 'lengths']
  const fields = itemsOf(call.args[0])
  if (fields === undefined) return { unread: 'a nested tensor without its values' }
  const records = names.map((name) => {
    const at = fields.index.get(name)
    return at === undefined ? null : read(fields.values[at])
  })
  return nestedOf(names, records)
}

function nestedOf(names: readonly string[], records: readonly ReturnType<TensorReader>[]) {
  const [values] = records
  if (values === null || values === undefined || isUnread(values))
    return values ?? { unread: 'a nested tensor without its values' }
  const parts = records.flatMap((record, i) =>
    record === null || isUnread(record) ? [] : [{ name: names[i] as string, record }],
  )
  return { ...values, representation: { kind: 'nested', parts } } as const
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
    representation: subclass(name === undefined ? 'torch.Tensor' : qualified(name), []),
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
