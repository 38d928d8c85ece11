import type { TensorReport } from '../../model/report.ts'
import type { DType } from '../../model/tensors/dtype.ts'
import { partsOf, type RepresentationReport, type ShardClass } from '../../model/tensors/representation.ts'
import { sameRepresentation } from '../../model/tensors/same-representation.ts'

/**
 * Why torch does not copy a tensor of a checkpoint into one of a model.
 *
 * - `reason`: what the exception says, as far as it is the same whatever the values are.
 * - `raw`: it is not gathered with the other errors, but ends the load.
 */
export interface CopyRefusal {
  readonly reason: string
  readonly raw?: true
}

/**
 * What becomes of `model.copy_(checkpoint)`, both of one shape: null when it copies, `unknown` where a class that
 * is not known decides. From what torch 2.15 and torchao 0.18 do with each pair (fixtures/diff/load-representations.json.gz).
 */
export function copyRefusal(checkpoint: TensorReport, model: TensorReport): CopyRefusal | 'unknown' | null {
  const [from, to] = [checkpoint.representation, model.representation]
  return (
    nestedRefusal(from, to) ??
    lazyRefusal(from, to) ??
    subclassRefusal(from, to, model) ??
    shardRefusal(from, to, model) ??
    sparseRefusal(checkpoint, model) ??
    metaRefusal(from, to) ??
    quantisedRefusal(checkpoint, model) ??
    pairedRefusal(checkpoint, model)
  )
}

/** Elements of the model's tensor that share memory cannot be written one by one. */
export const overlap: CopyRefusal = {
  reason:
    'unsupported operation: more than one element of the written-to tensor refers to a single memory location. ' +
    'Please clone() the tensor before performing the operation.',
}

/** Of a float tensor that is copied into a quantised one. */
export const notRowByRow: CopyRefusal = {
  reason: 'Quantized copy only works with contiguous and NHWC Tensors',
}

/** Names of types whose numbers can. */
export const canRequireGrad = /^(F|BF|C)\d/

/**
 * The same for `assign=True`: a tensor that takes the place of a parameter becomes one, with the `requires_grad` of the
 * model's, which numbers of other types cannot have.
 */
export function assignRefusal(checkpoint: TensorReport, model: TensorReport): CopyRefusal | 'unknown' | null {
  const nested = nestedRefusal(checkpoint.representation, model.representation)
  if (nested !== null) return nested
  const [from, to] = [checkpoint.representation, model.representation]
  if (from?.kind === 'uninitialised') return to?.kind === 'uninitialised' ? 'unknown' : lazyRefusal(from, to)
  if (checkpoint.dtype === null || canRequireGrad.test(checkpoint.dtype)) return null
  // A model whose own values are such cannot require grad either.
  if (model.kind === 'buffer' || (model.dtype !== null && !canRequireGrad.test(model.dtype))) return null
  if (model.trainable === 'no' && model.trainableLevel !== 'assumed') return null
  if (model.trainable === 'unknown' || model.trainableLevel === 'assumed') return 'unknown'
  return { reason: 'Only Tensors of floating point and complex dtype can require gradients' }
}

/** Whether the shapes are not compared: torch asks none of nested tensors, and a lazy module takes that of what it gets. */
export function takesAnyShape(checkpoint: TensorReport, model: TensorReport): boolean {
  const kinds = [checkpoint.representation?.kind, model.representation?.kind]
  return kinds.includes('nested') || kinds.includes('uninitialised')
}

type Kept = RepresentationReport | undefined
type Refusal = CopyRefusal | 'unknown' | null

function nestedRefusal(from: Kept, to: Kept): Refusal {
  if (from?.kind !== 'nested' && to?.kind !== 'nested') return null
  const isStrided = [from, to].some(
    (one) => one?.kind === 'nested' && one.parts.some((part) => part.name === 'sizes'),
  )
  if (!isStrided) return 'unknown'
  return {
    reason: "Internal error: NestedTensorImpl doesn't support sizes. Please file an issue.",
    raw: true,
  }
}

/** Lazy modules take whatever they are given; what they have not become yet, nobody takes. */
function lazyRefusal(from: Kept, to: Kept): Refusal {
  if (from?.kind !== 'uninitialised')
    return to?.kind === 'uninitialised' && from !== undefined ? 'unknown' : null
  if (to?.kind === 'uninitialised') return null
  return {
    reason:
      "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when " +
      'trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before ' +
      'accessing their attributes.',
    raw: true,
  }
}

function subclassRefusal(from: Kept, to: Kept, model: TensorReport): Refusal {
  const [given, wanted] = [from?.kind === 'subclass' ? from : null, to?.kind === 'subclass' ? to : null]
  if (given === null && wanted === null) return null
  if (to?.kind === 'shard') return shardRefusal(from, to, model)
  if (given !== null && wanted !== null && given.class === wanted.class)
    return sameRepresentation(given, wanted)
      ? null
      : isOfTorchao(given.class)
        ? { reason: 'Not supported args for copy_ due to metadata mismatch' }
        : 'unknown'
  if ((given !== null && !isOfTorchao(given.class)) || (wanted !== null && !isOfTorchao(wanted.class)))
    return 'unknown'
  if (wanted === null) return lacks(className(to, model.kind === 'parameter'), 'tensor_data_names')
  if (given === null) return lacks(className(from, false), partsOf(wanted)[0]?.name ?? 'qdata')
  return {
    reason: `Not supported args for copy_: a ${shortName(given.class)} into a ${shortName(wanted.class)}`,
  }
}

/** The class of a tensor, without its module. */
function className(kept: Kept, isParameter: boolean): string {
  if (kept?.kind === 'subclass') return shortName(kept.class)
  if (kept?.kind === 'shard' && !isPlain(kept.of)) return kept.of
  return isParameter ? 'Parameter' : 'Tensor'
}

const isOfTorchao = (name: string) => name.startsWith('torchao.')
const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1)
const lacks = (name: string, attribute: string) => ({
  reason: `'${name}' object has no attribute '${attribute}'`,
})

/** Shards that are tensors of no class of their own. */
const isPlain = (of: ShardClass) => of === 'FlatParameter' || of === 'ZeRO'

function shardRefusal(from: Kept, to: Kept, model: TensorReport): Refusal {
  const classOf = (one: Kept) => (one?.kind === 'shard' && !isPlain(one.of) ? one.of : null)
  const [given, wanted] = [classOf(from), classOf(to)]
  if (given === wanted) return null
  if (given === 'ShardedTensor' || wanted === 'ShardedTensor')
    return given === 'ShardedTensor'
      ? lacks(className(to, model.kind === 'parameter'), 'local_shards')
      : lacks(className(from, false), 'local_shards')
  return {
    reason:
      'aten.copy_.default got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling ' +
      'distributed operators!',
  }
}

/** ATen's names of layouts. */
const layouts = {
  coo: 'Sparse',
  csr: 'SparseCsr',
  csc: 'SparseCsc',
  bsr: 'SparseBsr',
  bsc: 'SparseBsc',
} as const

function sparseRefusal(checkpoint: TensorReport, model: TensorReport): Refusal {
  const sparse = ({ representation }: TensorReport) =>
    representation?.kind === 'sparse' ? representation : null
  const [given, wanted] = [sparse(checkpoint), sparse(model)]
  if (given === null && wanted === null) return null
  const [from, to] = [given?.layout, wanted?.layout]
  if (to !== undefined && to !== 'coo') {
    if (from !== to)
      return {
        reason:
          'torch.copy_: copy of sparse compressed tensors having different layouts is not supported. ' +
          `self layout is ${layouts[to]} and src layout is ${from === undefined ? 'Strided' : layouts[from]}`,
      }
    if (given?.nnz !== wanted?.nnz)
      return {
        reason:
          'torch.copy_: only sparse compressed tensors with the same number of specified elements are supported.',
      }
    return null
  }
  if (from !== undefined && from !== 'coo')
    return {
      reason: `copy_sparse_compressed_ expected sparse compressed tensor layout but got ${to === undefined ? 'Strided' : 'Sparse'}`,
    }
  if (from === to) return hybridRefusal(checkpoint, model)
  if (model.representation?.kind === 'meta') return null
  if (checkpoint.representation?.kind === 'meta')
    return metaRefusal(checkpoint.representation, model.representation)
  return {
    reason:
      'copy_() between dense and sparse Tensors is not implemented! ' +
      `Found self type = ${typeName(model)} and src type = ${typeName(checkpoint)}`,
  }
}

function hybridRefusal(checkpoint: TensorReport, model: TensorReport): Refusal {
  const sparseDimensions = ({ representation }: TensorReport) => partsOf(representation)[0]?.shape[0]
  const [from, to] = [sparseDimensions(checkpoint), sparseDimensions(model)]
  if (from === to || from === undefined || to === undefined) return null
  return {
    reason: `changing the number of sparse dimensions (from ${to} to ${from}) on a non-empty sparse tensor is not supported.`,
  }
}

function metaRefusal(from: Kept, to: Kept): Refusal {
  if (from?.kind !== 'meta' || to?.kind === 'meta') return null
  return { reason: 'Cannot copy out of meta tensor; no data!' }
}

/** No values of `float4_e2m1fn_x2` are converted, to or from: there is no kernel for it. */
function pairedRefusal({ dtype: from }: TensorReport, { dtype: to, representation }: TensorReport): Refusal {
  if (from === to || (from !== 'F4' && to !== 'F4') || from === null || to === null) return null
  if (representation?.kind === 'meta') return null
  const kernel = from === 'F32' || to === 'F32' ? 'copy_kernel' : 'copy_'
  return { reason: `"${kernel}" not implemented for 'Float4_e2m1fn_x2'` }
}

function quantisedRefusal(checkpoint: TensorReport, model: TensorReport): Refusal {
  if (model.representation?.kind === 'meta') return null
  const [given, wanted] = [isQuantised(checkpoint), isQuantised(model)]
  if (!given && !wanted) return null
  if (!wanted)
    return {
      reason:
        'Copying from quantized Tensor to non-quantized Tensor is not allowed, please use dequantize to get a float Tensor ' +
        'from a quantized Tensor',
    }
  if (!given)
    return checkpoint.dtype === 'F32' || checkpoint.dtype === null
      ? null
      : { reason: 'Quantized copy only works with kFloat as source Tensor' }
  const scheme = ({ representation }: TensorReport) =>
    representation?.kind === 'quantised' ? representation.scheme : null
  if (scheme(checkpoint) !== scheme(model)) return { reason: 'Quantized Copy only works with same qscheme' }
  if (checkpoint.dtype === model.dtype) return null
  return {
    reason:
      'Expected self.scalar_type() == src.scalar_type() to be true, but got false.  (Could this error message be improved?  ' +
      'If so, please report an enhancement request to PyTorch.)',
  }
}

function isQuantised({ representation, dtype }: TensorReport): boolean {
  return representation?.kind === 'quantised' || /^Q(I|U)/.test(dtype ?? '')
}

/** Names of tensor types from before there were others: `torch.FloatTensor`, `torch.sparse.FloatTensor`. */
const oldTypes: Partial<Readonly<Record<DType, string>>> = {
  F64: 'Double',
  F32: 'Float',
  F16: 'Half',
  I64: 'Long',
  I32: 'Int',
  I16: 'Short',
  I8: 'Char',
  U8: 'Byte',
  BOOL: 'Bool',
}
const newTypes: Partial<Readonly<Record<DType, string>>> = {
  BF16: 'BFloat16',
  C64: 'ComplexFloat',
  C128: 'ComplexDouble',
  QI8: 'QInt8',
  QU8: 'QUInt8',
  QI32: 'QInt32',
}

function typeName(tensor: TensorReport): string {
  const isSparse = tensor.representation?.kind === 'sparse'
  const old = tensor.dtype === null ? undefined : oldTypes[tensor.dtype]
  if (old !== undefined) return `torch.${isSparse ? 'sparse.' : ''}${old}Tensor`
  const name = (tensor.dtype === null ? undefined : newTypes[tensor.dtype]) ?? tensor.dtype ?? 'Undefined'
  return `${isSparse ? 'Sparse' : isQuantised(tensor) ? 'Quantized' : ''}CPU${name}Type`
}
