import type { Skeleton, SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Declaration } from '../../model/checkpoint.ts'
import { type DType, dtypeOfTorch, dtypes, isDType } from '../../model/tensors/dtype.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { Kind } from '../../model/verdict.ts'

/** One tensor of a manifest, `{dtype, shape, kind?, requires_grad?, …}`, and what it says of itself. */
export interface ManifestEntry {
  readonly tensor: Tensor
  readonly declaration: Declaration | undefined
  /** Name of the entry it shares its memory with. */
  readonly tiedTo: string | undefined
  readonly isPersistent: boolean
}

const fields = new Set(['dtype', 'shape', 'data_offsets', 'kind', 'requires_grad', 'requiresGrad'])
const kinds: readonly Kind[] = ['parameter', 'buffer', 'other']

/** Whether a value describes a tensor. A module may have a tensor called `shape`, but then not a `dtype`. */
export function isManifestEntry(value: Skeleton): value is SkeletonMap {
  if (!(value instanceof Map) || !(value.get('shape') instanceof NumberList)) return false
  const dtype = value.get('dtype')
  return typeof dtype === 'string' || dtype === null || [...value.keys()].every((key) => fields.has(key))
}

/**
 * @throws SdinspectError `format/malformed` for a shape, element type, kind or offsets that are none
 */
export function manifestEntry(name: string, entry: SkeletonMap, limits: Limits): ManifestEntry {
  const fail = (problem: string): SdinspectError =>
    new SdinspectError('format/malformed', `tensor ${quoted(name)}: ${problem}`, { tensor: name })
  const { shape, elements } = shapeOf(entry.get('shape') as NumberList, name, limits, fail)
  const dtype = dtypeOf(entry.get('dtype'), fail)
  const bytes = bytesOf(dtype, elements, fail)
  checkOffsets(entry.get('data_offsets'), bytes, fail)
  const tiedTo = entry.get('tied_to') ?? entry.get('tiedTo')
  if (tiedTo != null && typeof tiedTo !== 'string') throw fail('tied_to is not the name of a tensor')
  return {
    tensor: { name, dtype, shape, elements, bytes, values: 'not in this file', tiedTo: null },
    declaration: declarationOf(entry, fail),
    tiedTo: tiedTo ?? undefined,
    isPersistent: entry.get('persistent') !== false,
  }
}

type Fail = (problem: string) => SdinspectError

/** Dimensions that are whole numbers, and their product, both exact. */
export function shapeOf(
  list: NumberList,
  name: string,
  limits: Limits,
  fail: Fail,
): { readonly shape: readonly number[]; readonly elements: number } {
  const rank = list.shape[0] ?? 0
  if (list.shape.length === 1) withinLimit(limits, 'dimensions', rank, `the rank of tensor ${quoted(name)}`)
  if (list.integers === null || list.fault !== null) throw fail('shape is not a list of whole numbers')
  const shape: number[] = []
  let elements = 1n
  for (const dimension of list.integers) {
    if (dimension < 0) throw fail(`shape has the dimension ${dimension}`)
    if (typeof dimension === 'bigint' || !Number.isSafeInteger(dimension)) {
      throw fail(`shape has the dimension ${dimension}, past 2^53-1`)
    }
    shape.push(dimension)
    elements *= BigInt(dimension)
    if (elements > BigInt(Number.MAX_SAFE_INTEGER)) {
      // A zero further on makes the product zero; the counts before it are still no counts of anything.
      throw fail(`shape has more than 2^53-1 elements`)
    }
  }
  return { shape, elements: Number(elements) }
}

/** A name of safetensors (`F32`) or of torch (`torch.float32`, `float32`). */
export function dtypeOf(value: Skeleton | undefined, fail: Fail): DType | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') throw fail('dtype is not a text')
  const dtype = isDType(value) ? value : dtypeOfTorch(value)
  if (dtype === undefined) {
    throw fail(`unknown dtype ${quoted(value)}, expected a name like "F32" or "torch.float32"`)
  }
  return dtype
}

function bytesOf(dtype: DType | null, elements: number, fail: Fail): number | null {
  if (dtype === null) return null
  const { bits } = dtypes[dtype]
  const bytes = (BigInt(elements) * BigInt(bits)) / 8n
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw fail(`${elements} elements of ${bits} bits are more than 2^53-1 bytes`)
  if (((elements % 8) * bits) % 8 !== 0)
    throw fail(`${elements} elements of ${bits} bits do not fill whole bytes`)
  return Number(bytes)
}

/** Offsets of a safetensors header: they say how many bytes there are, which the shape says too. */
function checkOffsets(value: Skeleton | undefined, bytes: number | null, fail: Fail): void {
  if (value === undefined) return
  const [begin, end, ...rest] = value instanceof NumberList ? (value.integers ?? []) : []
  if (typeof begin !== 'number' || typeof end !== 'number' || rest.length > 0 || begin < 0 || end < begin) {
    throw fail('data_offsets are not a begin and an end')
  }
  if (bytes !== null && end - begin !== bytes) {
    throw fail(`data_offsets span ${end - begin} bytes, and dtype and shape make ${bytes}`)
  }
}

function declarationOf(entry: SkeletonMap, fail: Fail): Declaration | undefined {
  const kind = entry.get('kind') ?? null
  const requiresGrad = entry.get('requires_grad') ?? entry.get('requiresGrad') ?? null
  if (kind !== null && !kinds.includes(kind as Kind)) {
    throw fail(`kind is ${typeof kind === 'string' ? quoted(kind) : 'no text'}, expected ${kinds.join(', ')}`)
  }
  if (requiresGrad !== null && typeof requiresGrad !== 'boolean') {
    throw fail('requires_grad is neither true nor false')
  }
  if (kind === null && requiresGrad === null) return undefined
  return {
    by: 'the manifest',
    ...(kind === null ? {} : { kind: kind as Kind }),
    ...(requiresGrad === null ? {} : { requiresGrad }),
  }
}
