import { quoted } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import type { Field, ProtobufReader } from '../protobuf-reader.ts'
import { elementTypes, stringType } from './element-types.ts'

/** Where the values of a tensor are said to be. */
export type TensorData =
  /** Little-endian in the file itself. */
  | { readonly kind: 'here'; readonly offset: number; readonly length: number }
  /** Integers of variable length, in the file itself. */
  | { readonly kind: 'varints'; readonly offset: number; readonly length: number }
  /** A form that nobody writes and that is not read: numbers one by one, or lists of another type. */
  | { readonly kind: 'numbers' }
  | { readonly kind: 'texts' }
  | {
      readonly kind: 'elsewhere'
      readonly location: string
      readonly offset: number
      readonly length: number | null
    }
  | { readonly kind: 'none' }

/** A `TensorProto`. */
export interface TensorProto {
  readonly name: string
  /** null for texts, and for a type that is newer than this table. */
  readonly dtype: DType | null
  readonly typeNumber: number
  readonly shape: readonly number[]
  readonly elements: number
  /** null where the type is not known. */
  readonly bytes: number | null
  readonly data: TensorData
}

const external = 1

/** Reads the `TensorProto` that is the payload of `field`. @throws SdinspectError `format/*`, `limit/exceeded` */
export async function readTensorProto(from: ProtobufReader, field: Field): Promise<TensorProto> {
  const dims: bigint[] = []
  const entries = new Map<string, string>()
  let name = ''
  let typeNumber = 0
  let isExternal = false
  let data: TensorData = { kind: 'none' }
  const lists: List[] = []
  const what = 'a tensor'
  await from.message(what, from.position + field.length, async (part) => {
    switch (part.number) {
      case 1:
        return from.integers(part, what, dims, from.limits.dimensions)
      case 2:
        typeNumber = Number(part.value)
        return
      case 8:
        name = await from.string(part, 'the name of a tensor')
        return
      case 13:
        return readEntry(from, part, entries)
      case 14:
        isExternal = Number(part.value) === external
        return
      case 9:
      case 4:
      case 10:
      case 5:
      case 7:
      case 11: {
        // Packed, as everybody writes them. Empty lists stand beside the one that has the values.
        if (part.wire === 2 && part.length === 0 && lists.length > 0) return
        lists.push({
          number: part.number,
          isPacked: part.wire === 2,
          offset: from.position,
          length: part.length,
        })
        return
      }
      case 6:
        data = { kind: 'texts' }
        return
    }
  })
  if (data.kind === 'none') data = listed(lists, typeNumber)
  if (isExternal) data = elsewhere(from, name, entries, field)
  const { shape, elements } = shapeOf(from, name, dims, field)
  const dtype = elementTypes.get(typeNumber) ?? null
  if (typeNumber === 0) throw from.malformed(`tensor ${quoted(name)} has no element type`, field.offset)
  const bytes = dtype === null ? null : Math.ceil((elements * dtypes[dtype].bits) / 8)
  checkSize(from, { name, dtype, typeNumber, shape, elements, bytes, data }, field)
  return { name, dtype, typeNumber, shape, elements, bytes, data }
}

/** A list of values: bytes, or numbers of one of the wider types. */
interface List {
  readonly number: number
  readonly isPacked: boolean
  readonly offset: number
  readonly length: number
}

const rawData = 9
/** Which list the numbers of a type are in (onnx.proto); `int32_data` where it is not said. */
const listOf: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [14, 4],
  [11, 10],
  [15, 10],
  [7, 7],
  [12, 11],
  [13, 11],
])
const int32Data = 5

function listed(all: readonly List[], typeNumber: number): TensorData {
  const filled = all.filter(({ length, isPacked }) => length > 0 || !isPacked)
  const list = filled[0] ?? all[0]
  if (list === undefined) return { kind: 'none' }
  const { number, offset, length } = list
  const own = listOf.get(typeNumber) ?? int32Data
  if (filled.length > 1 || !list.isPacked || (number !== rawData && number !== own))
    return { kind: 'numbers' }
  return number === rawData || number === 4 || number === 10
    ? { kind: 'here', offset, length }
    : { kind: 'varints', offset, length }
}

/** `StringStringEntryProto`: a key and a value. */
async function readEntry(from: ProtobufReader, field: Field, into: Map<string, string>): Promise<void> {
  let key = ''
  let value = ''
  await from.message('an entry', from.position + field.length, async (part) => {
    if (part.number === 1) key = await from.string(part, 'a key')
    else if (part.number === 2) value = await from.string(part, 'a value')
  })
  into.set(key, value)
}

function elsewhere(
  from: ProtobufReader,
  name: string,
  entries: ReadonlyMap<string, string>,
  field: Field,
): TensorData {
  const location = entries.get('location')
  const number = (key: string): number | null => {
    const text = entries.get(key)
    if (text === undefined || text === '') return null
    if (!/^[0-9]{1,15}$/.test(text))
      throw from.malformed(
        `the external data of tensor ${quoted(name)} have the ${key} ${quoted(text)}`,
        field.offset,
      )
    return Number(text)
  }
  if (location === undefined || location === '')
    throw from.malformed(`the external data of tensor ${quoted(name)} have no location`, field.offset)
  return { kind: 'elsewhere', location, offset: number('offset') ?? 0, length: number('length') }
}

function shapeOf(
  from: ProtobufReader,
  name: string,
  dims: readonly bigint[],
  field: Field,
): { shape: readonly number[]; elements: number } {
  let elements = 1
  const shape = dims.map((dim) => {
    const length = BigInt.asIntN(64, dim)
    if (length < 0n || length > BigInt(Number.MAX_SAFE_INTEGER))
      throw from.malformed(`tensor ${quoted(name)} has the dimension ${length}`, field.offset)
    elements *= Number(length)
    return Number(length)
  })
  if (!(elements <= Number.MAX_SAFE_INTEGER / 16))
    throw from.malformed(`tensor ${quoted(name)} has more elements than any file`, field.offset)
  return { shape, elements }
}

function checkSize(from: ProtobufReader, tensor: TensorProto, field: Field): void {
  const { name, bytes, data, elements, dtype, typeNumber } = tensor
  if (data.kind === 'none' && elements > 0 && typeNumber !== stringType)
    throw from.malformed(`tensor ${quoted(name)} has no values`, field.offset)
  if (data.kind !== 'here' || bytes === null) return
  // Types of less than four bytes are widened in int32_data alone, which is not among these.
  if (data.length !== bytes)
    throw from.malformed(
      `tensor ${quoted(name)} has ${data.length} bytes of values, and its ${elements} elements of ${dtype} need ${bytes}`,
      field.offset,
    )
  withinLimit(from.limits, 'dimensions', tensor.shape.length, `the number of dimensions of ${quoted(name)}`)
}
