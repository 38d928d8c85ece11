import { quoted, SdinspectError } from '../errors.ts'
import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { rowByRow } from '../model/tensors/shape.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import type { Values } from '../model/values/values.ts'
import { chunkSource } from './chunk-source.ts'
import { copyBox } from './copy-box.ts'
import type { GatherContext } from './gather-context.ts'
import { blockShape, type Part, partsOf } from './parts.ts'
import { applyBits, areAsStored } from './stored-bits.ts'

export interface GatherOptions {
  /** Of a window, in bytes. The last one may be shorter. */
  readonly windowBytes: number
  readonly signal?: AbortSignal | undefined
  /** Where a window may be put, asked for before each. It is given in its place if it can be. */
  readonly into?: (() => Uint8Array) | undefined
  /** The bytes that are wanted, of values that are one run of a file: whole elements. Default: all. */
  readonly range?: { readonly from: number; readonly to: number } | undefined
}

/** Windows begin at whole elements: 48 is a multiple of the block sizes of all types that torch or safetensors has. */
const windowUnit = 48
const unitOf = (blockBytes: number): number => (windowUnit % blockBytes === 0 ? windowUnit : blockBytes)

/** The type that a tensor's values are read as: its own, or what the numbers of a text are. */
export function valueType(tensor: Pick<Tensor, 'dtype' | 'values'>): DType | null {
  return tensor.dtype ?? (typeof tensor.values === 'string' ? null : (tensor.values.type ?? null))
}

/** Why a tensor has no values that can be read. */
export function noValues({ name, values }: Pick<Tensor, 'name' | 'values'>): SdinspectError {
  return new SdinspectError('usage/no-values', `the values of ${quoted(name)} are ${saidOf(values)}`, {
    tensor: name,
  })
}

/**
 * The values of a tensor as they count: row by row, without gaps, little-endian, conjugates and negatives
 * worked out; what `tensor.resolve_conj().resolve_neg().contiguous()` holds in torch. In windows, one after the
 * other; memory is that of a window, and of `viewBytes` for values that are not row by row.
 *
 * @throws SdinspectError `usage/no-values` with the reason where it has none, `format/*` where the file does not
 *   hold what it announced, `source/*`, `limit/exceeded`
 */
export async function* gather(
  tensor: Tensor,
  context: GatherContext,
  options: GatherOptions,
): AsyncGenerator<Uint8Array> {
  const { values } = tensor
  const type = valueType(tensor)
  if (typeof values === 'string' || type === null) throw noValues(tensor)
  try {
    yield* windows(tensor, values, type, context, options)
  } catch (error) {
    throw error instanceof SdinspectError ? error.within({ tensor: tensor.name }) : error
  }
}

function saidOf(values: Tensor['values']): string {
  switch (values) {
    case 'meta':
      return 'nowhere: it was saved without any, from the meta device'
    case 'in its parts':
      return 'those of the tensors that it is made of'
    case 'not in this file':
      return 'not in this file, which only describes it'
    default:
      return 'stored in a form that is not read'
  }
}

async function* windows(
  { shape, elements }: Tensor,
  values: Values,
  type: DType,
  context: GatherContext,
  { windowBytes, signal, into, range }: GatherOptions,
): AsyncGenerator<Uint8Array> {
  const { bits, block } = dtypes[type]
  const total = Math.ceil((elements * bits) / 8)
  const unit = unitOf(block.bytes)
  const most = Math.max(unit, windowBytes - (windowBytes % unit))
  const [only, ...rest] = values.chunks
  const isPlain = only !== undefined && rest.length === 0 && values.strides === undefined
  if (total === 0) return
  if (isPlain && only.box === undefined && only.blob === undefined && only.strides === undefined) {
    const source = chunkSource(await context.open(only.file), only, type, context.limits)
    const end = range?.to ?? total
    for (let at = range?.from ?? 0; at < end; at += most) {
      signal?.throwIfAborted()
      const length = Math.min(most, end - at)
      const bytes = await source.read(at, length, into && { into: into().subarray(0, length) })
      yield asTheyCount(bytes, values, type)
    }
    return
  }
  if (range !== undefined)
    throw new SdinspectError('internal/bug', 'a piece of values that are no run of a file was asked for')
  const parts = partsOf(shape, values, type, context)
  const batchBytes = Math.max(most, values.strides === undefined ? most : context.limits.viewBytes)
  const blocks = blockShape(shape, block.elements)
  for (const batch of batches(blocks, Math.floor(batchBytes / block.bytes))) {
    signal?.throwIfAborted()
    const bytes = new Uint8Array(batch.count * block.bytes)
    let copied = 0
    for (const part of parts) copied += await copyPart(part, batch, bytes, block.bytes, signal)
    if (copied !== batch.count)
      throw new SdinspectError(
        'format/malformed',
        `the parts that the tensor is stored in hold ${copied} of ${batch.count} values`,
      )
    if (!areAsStored(values)) applyBits(bytes, type, values)
    for (let at = 0; at < bytes.length; at += most) yield bytes.subarray(at, at + most)
  }
}

/** Never in place: the bytes may be those of the file itself, in memory. A copy by slice() of a Buffer is none. */
function asTheyCount(bytes: Uint8Array, values: Values, type: DType): Uint8Array {
  if (areAsStored(values)) return bytes
  const own = new Uint8Array(bytes)
  applyBits(own, type, values)
  return own
}

/** A run of values, row by row, that is a box of the tensor: `count` blocks. */
interface Batch {
  readonly start: readonly number[]
  readonly shape: readonly number[]
  readonly count: number
}

/** Boxes of at most `most` blocks (or one), that follow each other row by row and make the whole. */
function* batches(shape: readonly number[], most: number): Generator<Batch> {
  let axis = shape.length
  let below = 1
  while (axis > 0 && below * (shape[axis - 1] as number) <= most) below *= shape[--axis] as number
  if (axis === 0) {
    yield { start: shape.map(() => 0), shape, count: below }
    return
  }
  const split = axis - 1
  const rows = Math.max(1, Math.floor(most / below))
  const start = shape.map(() => 0)
  for (;;) {
    const length = Math.min(rows, (shape[split] as number) - (start[split] as number))
    const box = shape.map((whole, i) => (i < split ? 1 : i === split ? length : whole))
    yield { start: [...start], shape: box, count: length * below }
    start[split] = (start[split] as number) + length
    let at = split
    while ((start[at] as number) >= (shape[at] as number)) {
      if (at === 0) return
      start[at--] = 0
      start[at] = (start[at] as number) + 1
    }
  }
}

/** Copies the values of a part that are in the batch to where they are in it, and says how many they are. */
async function copyPart(
  part: Part,
  batch: Batch,
  target: Uint8Array,
  blockBytes: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const begin = part.start.map((start, i) => Math.max(start, batch.start[i] as number))
  const shape = begin.map((start, i) => {
    const end = Math.min(
      (part.start[i] as number) + (part.shape[i] as number),
      (batch.start[i] as number) + (batch.shape[i] as number),
    )
    return end - start
  })
  if (shape.some((length) => length <= 0)) return 0
  signal?.throwIfAborted()
  const place = await part.place()
  const distance = (from: readonly number[], strides: readonly number[]) =>
    begin.reduce((sum, start, i) => sum + (start - (from[i] as number)) * (strides[i] as number), 0)
  const strides = rowByRow(batch.shape)
  await copyBox(
    shape,
    place.source,
    { start: distance(part.start, place.strides), strides: place.strides },
    target,
    { start: distance(batch.start, strides), strides },
    blockBytes,
  )
  return shape.reduce((count, length) => count * length, 1)
}
