import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { itemsOf } from '../objects/objects.ts'
import { malformed } from '../rebuild/rebuild-arguments.ts'
import { strided } from '../rebuild/rebuild-strided.ts'
import { storageOf } from '../rebuild/storage-of.ts'
import { isUnread, type TensorRecord, type UnreadTensor } from '../rebuild/tensor-record.ts'
import type { Evaluation } from './evaluation.ts'

export const parameterType = 'torch.nn.parameter.Parameter'

/**
 * What BUILD makes of a tensor. Both of torch's unpicklers give a tensor the state (storage, offset, size,
 * stride), and a Parameter that, (data, _, hooks, requires_grad, _) or (requires_grad, _, hooks)
 * (torch/_tensor.py, __setstate__). Of anything else they make different things, or one of them nothing.
 */
export function stateOfTensor(
  call: PickleCall,
  record: TensorRecord | UnreadTensor,
  type: string,
  state: PickleValue,
  evaluation: Evaluation,
): TensorRecord | UnreadTensor {
  const items = isRecord(state) && (state.kind === 'tuple' || state.kind === 'list') ? state.items : []
  if (!isUnread(record) && (type === 'torch.Tensor' || type === parameterType)) {
    if (items.length === 4) return withStorage(call, record, items, evaluation)
    if (type === parameterType && items.length === 5)
      return withFlag(call, withData(call, record, items[0], evaluation), items[3])
    if (type === parameterType && items.length === 3) return withFlag(call, record, items[0])
  }
  evaluation.unfollowed('BUILD on a tensor', evaluation.host.offset)
  return record
}

function withStorage(
  call: PickleCall,
  record: TensorRecord,
  [source, ...view]: readonly PickleValue[],
  evaluation: Evaluation,
): TensorRecord | UnreadTensor {
  const storage = storageOf(source)
  if (storage === undefined) {
    evaluation.unfollowed('BUILD on a tensor with no storage', evaluation.host.offset)
    return record
  }
  const dtype = storage.unit === 'bytes' ? 'U8' : storage.unit
  if (dtype !== record.dtype) throw malformed(call, `of ${record.dtype} is given a storage of ${dtype}`)
  if (record.requiresGrad === true) throw malformed(call, 'requires grad and is given a storage')
  const made = strided(call, storage, dtype, view, false)
  return isUnread(made) ? made : { ...made, role: record.role, requiresGrad: record.requiresGrad }
}

/** `tensor.data = value`: another shape and element type under the same flag. */
function withData(
  call: PickleCall,
  record: TensorRecord,
  value: PickleValue | undefined,
  evaluation: Evaluation,
): TensorRecord {
  const data = evaluation.tensorOf(value)
  if (data === undefined) {
    evaluation.unfollowed('data that is no tensor which is read', evaluation.host.offset)
    return record
  }
  const { role, requiresGrad } = record
  return mayRequireGrad(call, { ...data.record, role, requiresGrad })
}

function withFlag(call: PickleCall, record: TensorRecord, flag: PickleValue | undefined): TensorRecord {
  if (typeof flag !== 'boolean') throw malformed(call, 'has a requires_grad that is no bool')
  return mayRequireGrad(call, { ...record, requiresGrad: flag })
}

export function mayRequireGrad(call: PickleCall, record: TensorRecord): TensorRecord {
  if (record.requiresGrad === true && record.dtype !== null && !dtypes[record.dtype].requiresGrad)
    throw malformed(call, `of ${record.dtype} cannot require grad`)
  return record
}

// What is an attribute of a tensor in C, and not free to be given any value: dir(torch.Tensor), data descriptors.
const attributes = new Set(
  `H T __class__ __cuda_array_interface__ __dict__ __weakref__ _base _cdata _grad _grad_fn _has_grad_dtype_override
  _has_symbolic_sizes_strides _post_accumulate_grad_hooks _python_dispatch _version device dtype grad grad_dtype grad_fn
  imag is_cpu is_cuda is_ipu is_leaf is_maia is_meta is_mkldnn is_mps is_mtia is_nested is_quantized is_sparse
  is_sparse_csr is_vulkan is_xla is_xpu itemsize layout mH mT name names nbytes ndim output_nr real retains_grad shape
  volatile`.split(/\s+/),
)

/** `torch._utils._set_obj_state`: each item of a dict, or of a pair of dicts, becomes an attribute, one by one. */
export function attributesOfTensor(
  call: PickleCall,
  record: TensorRecord,
  state: PickleValue | undefined,
  evaluation: Evaluation,
): TensorRecord {
  const isPair = isRecord(state) && state.kind === 'tuple'
  if (isPair && state.items.length !== 2) throw malformed(call, `has a state of ${state.items.length} parts`)
  let made = record
  for (const part of isPair ? state.items : [state]) {
    if (isFalse(part)) continue
    const items = itemsOf(part)
    if (items === undefined) {
      evaluation.unfollowed('a state that is no dict', call.offset)
      continue
    }
    evaluation.host.spend(items.keys.length)
    items.keys.forEach((key, i) => {
      const value = items.values[i]
      if (key === 'requires_grad') made = withFlag(call, made, value)
      else if (key === 'data') made = withData(call, made, value, evaluation)
      else if (typeof key !== 'string' || attributes.has(key))
        evaluation.unfollowed(
          `a state that sets ${typeof key === 'string' ? key : 'an attribute of no name'}`,
          call.offset,
        )
    })
  }
  return made
}

function isFalse(value: PickleValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true
  if (!isRecord(value)) return false
  if (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set') return value.items.length === 0
  return itemsOf(value)?.keys.length === 0
}
