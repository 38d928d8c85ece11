import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { LongNames, withinLimit } from '../../limits.ts'
import type { Finding } from '../../model/finding.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { ggmlTypes, highestType, newestType, removedTypes, retiredTypes } from './ggml-types.ts'
import type { GgufReader } from './gguf-reader.ts'

/** One tensor as the file lists it. */
export interface TensorInfo {
  readonly name: string
  /** null for a type that is newer than this table. */
  readonly dtype: DType | null
  readonly typeNumber: number
  /** Slowest first, as torch has it; the file has the fastest first. */
  readonly shape: readonly number[]
  readonly elements: number
  /** null where the type is not known. */
  readonly bytes: number | null
  /** From the start of the data. */
  readonly offset: number
}

/** The shortest entry: an empty name, no dimensions. */
const leastBytes = 24
/** GGML_MAX_NAME, with the zero at its end. */
const ggmlName = 64
/** GGML_MAX_DIMS. */
const ggmlDimensions = 4

/**
 * The tensors of a GGUF file, in its order.
 *
 * @throws SdinspectError `format/malformed`, `format/truncated`, `limit/exceeded`
 */
export async function readTensorInfos(
  from: GgufReader,
  count: bigint,
  file: string,
): Promise<{ readonly infos: readonly TensorInfo[]; readonly findings: readonly Finding[] }> {
  if (count * BigInt(leastBytes) > BigInt(from.left))
    throw from.malformed(
      `the header says ${count} tensors, more than fit in the ${from.left} bytes that follow`,
      8,
    )
  withinLimit(from.limits, 'tensors', Number(count), 'the number of tensors')
  const infos: TensorInfo[] = []
  const names = new Set<string>()
  const longNames = new LongNames(from.limits)
  for (let i = 0; i < Number(count); i++) {
    const offset = from.position
    const name = await from.string('a tensor name', 'nameBytes')
    longNames.take(name.length)
    if (names.has(name)) throw from.malformed(`the tensor ${quoted(name)} is there twice`, offset)
    names.add(name)
    try {
      infos.push(await readInfo(from, name))
    } catch (error) {
      throw error instanceof SdinspectError ? error.within({ tensor: name }) : error
    }
  }
  return { infos, findings: odd(infos, file) }
}

async function readInfo(from: GgufReader, name: string): Promise<TensorInfo> {
  const what = `the entry of tensor ${quoted(name)}`
  await from.ready(4, what)
  const offset = from.position
  const dimensions = from.u32()
  if (dimensions * 8 > from.left) throw from.truncated(what, dimensions * 8)
  withinLimit(from.limits, 'dimensions', dimensions, `the number of dimensions of ${quoted(name)}`, offset)
  await from.ready(dimensions * 8 + 12, what)
  const shape: number[] = []
  let elements = 1n
  for (let i = 0; i < dimensions; i++) {
    const length = from.i64()
    if (length < 0n)
      throw from.malformed(`tensor ${quoted(name)} has the dimension ${length}`, from.position - 8)
    elements *= length
    // What ggml refuses: no file has more, and a zero among the dimensions does not make it right.
    if (length > BigInt(Number.MAX_SAFE_INTEGER) || elements > BigInt(Number.MAX_SAFE_INTEGER))
      throw from.malformed(`tensor ${quoted(name)} has more elements than any file`, from.position - 8)
    shape.unshift(Number(length))
  }
  const typeOffset = from.position
  const typeNumber = from.u32()
  const dtype = ggmlTypes.get(typeNumber) ?? null
  if (
    dtype === null &&
    (removedTypes.has(typeNumber) || typeNumber <= newestType || typeNumber > highestType)
  )
    throw from.malformed(
      `tensor ${quoted(name)} has the type ${typeNumber}, which ggml does not have`,
      typeOffset,
    )
  const place = from.u64()
  if (place > BigInt(Number.MAX_SAFE_INTEGER))
    throw from.malformed(`tensor ${quoted(name)} is at ${place}, past the end of any file`, from.position - 8)
  return {
    name,
    dtype,
    typeNumber,
    shape,
    elements: Number(elements),
    bytes: dtype === null ? null : bytesOf(from, name, dtype, shape, Number(elements), typeOffset),
    offset: Number(place),
  }
}

function bytesOf(
  from: GgufReader,
  name: string,
  dtype: DType,
  shape: readonly number[],
  elements: number,
  offset: number,
): number {
  const { block } = dtypes[dtype]
  const row = shape.at(-1) ?? 1
  if (row % block.elements !== 0)
    throw from.malformed(
      `tensor ${quoted(name)} has rows of ${row}, which are no whole blocks of ${block.elements} ${dtype}`,
      offset,
    )
  const bytes = (elements / block.elements) * block.bytes
  if (!Number.isSafeInteger(bytes))
    throw from.malformed(`tensor ${quoted(name)} needs more bytes than any file has`, offset)
  return bytes
}

/** What ggml's own reader refuses and others read, and what only newer ones do. */
function odd(infos: readonly TensorInfo[], file: string): Finding[] {
  const bytes = new TextEncoder()
  return infos.flatMap(({ name, dtype, typeNumber, shape }) => {
    const about = { tensor: name, file }
    const found: Finding[] = []
    const length = name.length >= ggmlName / 4 ? bytes.encode(name).length : 0
    if (length >= ggmlName) found.push(finding('gguf/long-name', { bytes: length }, about))
    if (shape.length > ggmlDimensions)
      found.push(finding('gguf/many-dimensions', { dimensions: shape.length }, about))
    if (dtype === null) found.push(finding('gguf/newer-type', { type: typeNumber }, about))
    else if (retiredTypes.has(dtype)) found.push(finding('gguf/retired-type', { type: dtype }, about))
    return found
  })
}
