import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { type DType, dtypes } from '../../../model/tensors/dtype.ts'
import { rowByRow } from '../../../model/tensors/shape.ts'
import { elementsIn, globalOf, qualified } from '../objects/objects.ts'
import { malformed } from '../rebuild/rebuild-arguments.ts'
import { elementType, tensorClassElementType } from '../rebuild/storage-class.ts'
import { storageOf } from '../rebuild/storage-of.ts'
import { plainRecord } from '../rebuild/strided.ts'
import { isUnread, type TensorRecord } from '../rebuild/tensor-record.ts'
import { type Callee, calleeOf } from './callee.ts'
import type { Evaluation } from './evaluation.ts'
import { iterated } from './iterate.ts'
import { checkArguments } from './rebuild-checks.ts'
import { attributesOfTensor, mayRequireGrad, parameterType } from './tensor-state.ts'

/** One of torch's classes or functions: what a call of it gives. */
type TorchCallable = (call: PickleCall, callee: Callee, evaluation: Evaluation) => PickleValue

/** `torch.Size` is a tuple of integers, of any one iterable of them. */
const size: TorchCallable = (call, { args }, evaluation) => {
  const { host } = evaluation
  if (args.length > 1) throw host.malformed(`torch.Size of ${args.length} arguments`)
  const elements = args.length === 0 ? [] : iterated(args[0] as PickleValue, evaluation)
  const numbers: (number | bigint)[] = []
  for (const element of elements ?? []) {
    if (typeof element === 'number' || typeof element === 'bigint') numbers.push(element)
    else if (typeof element === 'boolean') numbers.push(element ? 1 : 0)
    else if (evaluation.tensorOf(element) === undefined)
      throw host.malformed('torch.Size of what is no integer')
    else evaluation.unfollowed('torch.Size of tensors', call.offset)
  }
  if (elements === undefined) {
    evaluation.unfollowed('torch.Size of what is not told', call.offset)
    return call
  }
  return { kind: 'tuple', items: numbers, className: 'torch.Size' }
}

/** The functions of torch/_utils.py that the reader of tensors knows. */
const rebuilt: TorchCallable = (call, { name }, evaluation) => {
  checkArguments(name, call, evaluation)
  const record = evaluation.read(call)
  if (record !== null) evaluation.keep(call, record, 'torch.Tensor')
  return call
}

/** (tensor, requires grad, hooks[, state]): of a plain tensor a Parameter, of another class that class. */
const parameter: TorchCallable = (call, { name }, evaluation) => {
  const [inner, requiresGrad] = call.args
  const wanted = name.endsWith('_with_state') ? 4 : 3
  if (call.args.length !== wanted) throw malformed(call, `has ${call.args.length} arguments, not ${wanted}`)
  return madeParameter(call, inner, requiresGrad, evaluation, call.args[3])
}

/** Parameter(data=None, requires_grad=True), made with or without its initialiser, which does nothing. */
const parameterClass: TorchCallable = (call, { args }, evaluation) => {
  const [data = null, requiresGrad = true] = args
  if (args.length > 2) throw malformed(call, `has ${args.length} arguments`)
  if (data !== null) return madeParameter(call, data, requiresGrad, evaluation)
  if (typeof requiresGrad !== 'boolean') throw malformed(call, 'has a requires_grad that is no bool')
  evaluation.keep(call, { ...unstored('F32', [0]), role: 'parameter', requiresGrad }, parameterType)
  return call
}

function madeParameter(
  call: PickleCall,
  data: PickleValue | undefined,
  requiresGrad: PickleValue | undefined,
  evaluation: Evaluation,
  state?: PickleValue,
): PickleValue {
  const read = evaluation.read(data)
  if (read === null) {
    evaluation.keep(call, { unread: 'a Parameter of what is no tensor that is read' }, parameterType)
    return call
  }
  if (isUnread(read)) {
    evaluation.keep(call, read, parameterType)
    return call
  }
  if (typeof requiresGrad !== 'boolean') throw malformed(call, 'has a requires_grad that is no bool')
  const inner = evaluation.typeOf(data as PickleCall) ?? 'torch.Tensor'
  const isPlain = inner === 'torch.Tensor' || inner === parameterType
  const record = mayRequireGrad(call, { ...read, role: 'parameter', requiresGrad })
  evaluation.keep(call, attributesOfTensor(call, record, state, evaluation), isPlain ? parameterType : inner)
  return call
}

/** Functions whose result the reader of tensors sees through. */
const plainFunctions = /^torch\._utils\._rebuild_(?!parameter_with_state$|from_type)/

/** (function, class, its arguments, state): of any class, also of Python's own. */
const fromType: TorchCallable = (call, _callee, evaluation) => {
  const [func, type, args, state] = call.args
  if (call.args.length !== 4) throw malformed(call, `has ${call.args.length} arguments, not 4`)
  const global = globalOf(type)
  const name = globalOf(func)
  if (global === undefined || name === undefined) {
    evaluation.keep(call, { unread: 'a tensor of a class that is not named' }, '')
    return call
  }
  if (!plainFunctions.test(qualified(name))) return fromOther(call, func as PickleValue, args, evaluation)
  const inner: PickleCall = { ...call, callee: func as PickleValue, args: elementsIn(args) ?? [] }
  checkArguments(qualified(name), inner, evaluation)
  const record = evaluation.read(call)
  if (record === null) return call
  if (isUnread(record)) evaluation.keep(call, record, qualified(global))
  else {
    // A class of its own may take its state in its own way: that it needs code is said of its import.
    const plain = qualified(global) === 'torch.Tensor' && record.role === 'parameter'
    const made = plain && !marksParameter(state) ? { ...record, role: 'tensor' as const } : record
    const isOwn = /^torch\.(Tensor|nn\.(parameter\.)?(Parameter|Buffer))$/.test(qualified(global))
    const changed = isOwn ? attributesOfTensor(call, made, state, evaluation) : made
    evaluation.keep(call, changed, qualified(global))
  }
  return call
}

function marksParameter(state: PickleValue | undefined): boolean {
  return isRecord(state) && state.kind === 'dict' && state.index.has('_is_param')
}

/** Of a class or function that makes no tensor: the result has to be of the type already. */
function fromOther(
  call: PickleCall,
  func: PickleValue,
  args: PickleValue | undefined,
  evaluation: Evaluation,
): PickleValue {
  const [, type, , state] = call.args
  const inner: PickleCall = {
    ...call,
    via: 'reduce',
    callee: func,
    args: elementsIn(args) ?? [],
    states: [],
    items: [],
  }
  const made = calleeOf(inner)?.name
  const isDict = made === 'collections.OrderedDict' || made === 'collections.Counter'
  if (!isDict || calleeOf({ ...inner, callee: type as PickleValue })?.name !== made || state !== null) {
    evaluation.unfollowed('_rebuild_from_type_v2 of a function that rebuilds no tensor', call.offset)
    return call
  }
  return evaluation.called(inner)
}

/** (tensor, element type, device, requires grad): the tensor itself where its type stays. */
const fromDevice: TorchCallable = (call, { args }, evaluation) => {
  const [data, type, , requiresGrad] = args
  if (args.length !== 4) throw malformed(call, `has ${args.length} arguments, not 4`)
  const found = evaluation.tensorOf(data)
  const global = globalOf(type)
  const dtype = global === undefined ? undefined : elementType(global)
  if (found === undefined || (type !== null && dtype === undefined)) {
    evaluation.keep(call, { unread: 'a tensor of another device' }, '')
    return call
  }
  if (typeof requiresGrad !== 'boolean') throw malformed(call, 'has a requires_grad that is no bool')
  const { record } = found
  if (dtype === undefined || dtype === record.dtype) {
    evaluation.change(data as PickleCall, mayRequireGrad(call, { ...record, requiresGrad }))
    return data as PickleValue
  }
  if (record.requiresGrad === true || record.representation !== null)
    evaluation.unfollowed('a cast of a tensor that requires grad or is not dense', call.offset)
  evaluation.keep(
    call,
    mayRequireGrad(call, { ...unstored(dtype, record.shape), requiresGrad }),
    'torch.Tensor',
  )
  return call
}

/** A dense tensor whose bytes are in no storage of the file. */
function unstored(dtype: DType, shape: readonly number[]): TensorRecord {
  return { ...plainRecord, dtype, shape, strides: rowByRow(shape), requiresGrad: false }
}

/** torch.FloatTensor(2, 3), torch.Tensor(torch.Size([2, 3])), torch.Tensor(tensor), torch.FloatTensor(storage). */
const tensorClass: TorchCallable = (call, { args }, evaluation) => {
  const global = globalOf(call.callee) ?? globalOf(call.args[0])
  const dtype = global === undefined ? undefined : tensorClassElementType(global)
  const own = dtype ?? 'F32'
  const record = recordOf(call, args, own, dtype === undefined, evaluation)
  if (record === undefined)
    evaluation.keep(call, { unread: `a call of ${global?.name ?? 'a tensor class'}` }, 'torch.Tensor')
  else evaluation.keep(call, record, 'torch.Tensor')
  return call
}

function recordOf(
  call: PickleCall,
  args: readonly PickleValue[],
  dtype: DType,
  isAnyType: boolean,
  evaluation: Evaluation,
): TensorRecord | undefined {
  const [first] = args
  if (first === undefined) return unstored(dtype, [0])
  const tensor = evaluation.tensorOf(first)
  if (tensor !== undefined && args.length === 1) {
    if (isAnyType || tensor.record.dtype === dtype) return { ...tensor.record, role: 'tensor' }
    throw malformed(call, `of ${dtype} is made of a tensor of ${tensor.record.dtype}`)
  }
  const storage = storageOf(first)
  if (storage !== undefined && args.length === 1) {
    if (storage.unit !== dtype) return undefined
    // Of a view of a storage, as files before torch 1.6 have them, it is the view.
    const length = Math.floor((storage.reach * 8) / dtypes[dtype].bits) - storage.viewOffset
    return { ...plainRecord, dtype, shape: [length], strides: [1], storage, requiresGrad: false }
  }
  const isSize = isRecord(first) && first.kind === 'tuple' && first.className === 'torch.Size'
  const sizes = isSize && args.length === 1 ? first.items : args
  if (!sizes.every((length): length is number => typeof length === 'number')) return undefined
  if (sizes.some((length) => length < 0)) throw malformed(call, 'has a negative size')
  return unstored(dtype, sizes)
}

/** A storage made by the file itself, of bytes that are in no entry: what uses it is not read. */
export const torchCallables: ReadonlyMap<string, TorchCallable> = new Map([
  ['torch.Size', size],
  ['torch.nn.parameter.Parameter', parameterClass],
  ['torch.nn.Parameter', parameterClass],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
  ['torch._tensor._rebuild_from_type_v2', fromType],
  ['torch.tensor._rebuild_from_type_v2', fromType],
  ['torch._utils._rebuild_device_tensor_from_cpu_tensor', fromDevice],
  ...[
    '_rebuild_tensor',
    '_rebuild_tensor_v2',
    '_rebuild_tensor_v3',
    '_rebuild_qtensor',
    '_rebuild_sparse_tensor',
    '_rebuild_meta_tensor_no_storage',
  ].map((name) => [`torch._utils.${name}`, rebuilt] as const),
  ...[
    'Tensor',
    ...`Byte Char Short Int Long Half BFloat16 Float Double Bool`.split(' ').map((name) => `${name}Tensor`),
  ].flatMap((name) => [`torch.${name}`, `torch.cuda.${name}`].map((full) => [full, tensorClass] as const)),
])
