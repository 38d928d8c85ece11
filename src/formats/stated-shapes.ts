import { parseJson } from '../codec/json.ts'
import { isSdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint, StateDict } from '../model/checkpoint.ts'
import type { DType } from '../model/tensors/dtype.ts'
import { tableOf } from '../model/tensors/tensor-table.ts'
import type { ByteSource } from '../source/source.ts'

/** Tensors that stand no further apart are read in one go. */
const gapBytes = 4_096
/** Of one read. */
const runBytes = 1_048_576
/** Of the text that bitsandbytes keeps a shape in: some hundred bytes. */
const textBytes = 4_096

/** A tensor whose values state a shape. */
interface Stating {
  readonly name: string
  /** In bytes, in the file. */
  readonly offset: number
  readonly length: number
  readonly decode: (bytes: Uint8Array, limits: Limits) => readonly number[] | null
}

/**
 * The checkpoint with the shapes that its bookkeeping states: what a packed weight stands for is in the values of small
 * tensors beside it, where rows are padded or bits are left over. A few reads of a file, which one at a distance is
 * spared.
 *
 * Sources: compressed_tensors/compressors (`weight_shape`; `shape` beside `bitmask`), bitsandbytes/functional.py
 * (`QuantState.as_dict`, packed as the bytes of a JSON document).
 *
 * @throws SdinspectError `source/*`
 */
export async function withStatedShapes(
  checkpoint: Checkpoint,
  source: ByteSource,
  limits: Limits,
): Promise<Checkpoint> {
  const [file] = checkpoint.files
  if (source.remote !== undefined || file === undefined) return checkpoint
  const stateDicts: StateDict[] = []
  for (const stateDict of checkpoint.stateDicts) {
    const stating = statingIn(stateDict, file.name)
    if (stating.length === 0) {
      stateDicts.push(stateDict)
      continue
    }
    const statedShapes = await shapesOf(stating, source, limits)
    stateDicts.push({ ...stateDict, facts: { ...stateDict.facts, statedShapes } })
  }
  return { ...checkpoint, stateDicts }
}

/** Those that are one plain run of the file, by where they stand. */
function statingIn({ tensors }: StateDict, file: string): Stating[] {
  const found: Stating[] = []
  const table = tableOf(tensors)
  for (let index = 0; index < table.length; index++) {
    const dtype = table.dtype(index)
    if (dtype !== 'U8' && dtype !== 'I64' && dtype !== 'I32') continue
    const shape = table.shape(index)
    const [count = 0] = shape
    if (shape.length !== 1 || count < 2 || count > textBytes) continue
    const decode = decoderOf(table.name(index), dtype, count)
    if (decode === null) continue
    const tensor = table.at(index)
    if (tensor === undefined || typeof tensor.values === 'string' || tensor.values.strides !== undefined)
      continue
    const [chunk, ...others] = tensor.values.chunks
    const isPlain =
      chunk !== undefined &&
      others.length === 0 &&
      chunk.file === file &&
      chunk.layers === undefined &&
      chunk.locate === undefined &&
      chunk.blob === undefined &&
      tensor.values.bigEndian === undefined &&
      chunk.length === tensor.bytes
    if (isPlain) found.push({ name: tensor.name, offset: chunk.offset, length: chunk.length, decode })
  }
  return found.sort((a, b) => a.offset - b.offset)
}

function decoderOf(name: string, dtype: DType, count: number): Stating['decode'] | null {
  if (dtype === 'U8') return /\.quant_state\.bitsandbytes__[a-z0-9]+$/.test(name) ? shapeInText : null
  if (count > 4 || !/(^|\.)(weight_shape|shape)$/.test(name)) return null
  return dtype === 'I64' ? lengths64 : lengths32
}

async function shapesOf(
  stating: readonly Stating[],
  source: ByteSource,
  limits: Limits,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const shapes = new Map<string, readonly number[]>()
  for (let from = 0; from < stating.length; ) {
    const begin = (stating[from] as Stating).offset
    let end = begin
    let to = from
    for (; to < stating.length; to++) {
      const { offset, length } = stating[to] as Stating
      if (to > from && (offset > end + gapBytes || offset + length > begin + runBytes)) break
      end = Math.max(end, offset + length)
    }
    const bytes = await source.read(begin, end - begin)
    for (; from < to; from++) {
      const { name, offset, length, decode } = stating[from] as Stating
      const shape = decode(bytes.subarray(offset - begin, offset - begin + length), limits)
      if (shape !== null) shapes.set(name, shape)
    }
  }
  return shapes
}

function lengths64(bytes: Uint8Array): readonly number[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return lengths(Array.from({ length: bytes.length / 8 }, (_, at) => Number(view.getBigInt64(8 * at, true))))
}

function lengths32(bytes: Uint8Array): readonly number[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return lengths(Array.from({ length: bytes.length / 4 }, (_, at) => view.getInt32(4 * at, true)))
}

/** `{"quant_type": "nf4", "shape": [64, 48], …}`. */
function shapeInText(bytes: Uint8Array, limits: Limits): readonly number[] | null {
  try {
    const document = parseJson(bytes, { what: 'a quant_state', limits })
    const shape = document instanceof Map ? document.get('shape') : undefined
    return Array.isArray(shape) && shape.length <= 4 ? lengths(shape) : null
  } catch (error) {
    // What is no text states nothing.
    if (isSdinspectError(error)) return null
    throw error
  }
}

/** As a shape: null where it is none. */
function lengths(values: readonly unknown[]): readonly number[] | null {
  return values.every((one): one is number => typeof one === 'number' && Number.isSafeInteger(one) && one > 0)
    ? values
    : null
}
