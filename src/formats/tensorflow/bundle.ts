import { quoted } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import { memorySource } from '../../source/memory.ts'
import { type Field, ProtobufReader } from '../protobuf-reader.ts'

// tensorflow/core/protobuf/tensor_bundle.proto and framework/tensor_shape.proto

/** `BundleHeaderProto`: of all files of values. */
export interface BundleHeader {
  /** Files of values. */
  readonly shards: number
  readonly isBigEndian: boolean
}

/** `BundleEntryProto`: of one tensor. */
export interface BundleEntry {
  /** `DataType` of types.proto. */
  readonly type: number
  readonly shape: readonly number[]
  readonly shard: number
  /** Of the first byte, in the file of the shard. */
  readonly offset: number
  /** In bytes. */
  readonly size: number
  /** Parts that it was cut into, each under a key of its own; 0 for one that is whole. */
  readonly slices: number
  /** Of its bytes, masked; null where it is not stated. */
  readonly checksum: number | null
}

export async function bundleHeader(bytes: Uint8Array, limits: Limits): Promise<BundleHeader> {
  let [shards, isBigEndian] = [0, false]
  await fieldsOf(bytes, limits, 'the header', ({ number, wire, value }) => {
    if (wire !== 0) return
    if (number === 1) shards = Number(value)
    else if (number === 2) isBigEndian = value === 1n
  })
  return { shards, isBigEndian }
}

/** @throws SdinspectError `format/malformed` for a size that is no number of a file or of a tensor */
export async function bundleEntry(name: string, bytes: Uint8Array, limits: Limits): Promise<BundleEntry> {
  const what = `the entry of ${quoted(name)}`
  const numbers = { type: 0, shard: 0, offset: 0, size: 0 }
  const keys: Readonly<Record<number, keyof typeof numbers>> = {
    1: 'type',
    3: 'shard',
    4: 'offset',
    5: 'size',
  }
  let slices = 0
  let checksum: number | null = null
  let shape: readonly number[] = []
  await fieldsOf(bytes, limits, what, async (field, from) => {
    const key = keys[field.number]
    if (field.number === 2 && field.wire === 2) shape = await shapeIn(field, from, what)
    else if (field.number === 7 && field.wire === 2) slices++
    else if (field.number === 6 && field.wire === 5) checksum = Number(field.value)
    else if (key !== undefined && field.wire === 0) numbers[key] = sizeOf(field, from, what)
  })
  return { ...numbers, shape, slices, checksum }
}

async function shapeIn(field: Field, from: ProtobufReader, what: string): Promise<readonly number[]> {
  const shape: number[] = []
  await from.message(`the shape in ${what}`, from.position + field.length, async (dimension) => {
    if (dimension.number === 3 && dimension.value === 1n)
      throw from.malformed(`${what} has no known number of dimensions`, dimension.offset)
    if (dimension.number !== 2 || dimension.wire !== 2) return
    withinLimit(from.limits, 'dimensions', shape.length + 1, `the number of dimensions in ${what}`)
    let length = 0
    await from.message(`a dimension in ${what}`, from.position + dimension.length, (size) => {
      if (size.number === 1 && size.wire === 0) length = sizeOf(size, from, what)
    })
    shape.push(length)
  })
  return shape
}

function sizeOf({ value, offset }: Field, from: ProtobufReader, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw from.malformed(`${what} has a size of ${BigInt.asIntN(64, value)}`, offset)
  return Number(value)
}

async function fieldsOf(
  bytes: Uint8Array,
  limits: Limits,
  what: string,
  visit: (field: Field, from: ProtobufReader) => Promise<void> | void,
): Promise<void> {
  const from = new ProtobufReader(memorySource(bytes), limits)
  await from.message(what, bytes.length, (field) => visit(field, from))
}
