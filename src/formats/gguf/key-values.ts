import { quoted } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { LongNames, withinLimit } from '../../limits.ts'
import type { Plain } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { GgufReader } from './gguf-reader.ts'

const booleanType = 7

/** Value types by number (`enum gguf_type`, gguf.h): how many bytes one has, and how it is read. */
const scalars: ReadonlyMap<number, readonly [bytes: number, read: (from: GgufReader) => Plain]> = new Map([
  [0, [1, (from: GgufReader) => from.u8()]],
  [1, [1, (from: GgufReader) => from.i8()]],
  [2, [2, (from: GgufReader) => from.u16()]],
  [3, [2, (from: GgufReader) => from.i16()]],
  [4, [4, (from: GgufReader) => from.u32()]],
  [5, [4, (from: GgufReader) => from.i32()]],
  [6, [4, (from: GgufReader) => from.f32()]],
  [booleanType, [1, (from: GgufReader) => from.boolean()]],
  [10, [8, (from: GgufReader) => small(from.u64())]],
  [11, [8, (from: GgufReader) => small(from.i64())]],
  [12, [8, (from: GgufReader) => from.f64()]],
] as const)
const stringType = 8
const arrayType = 9
const u32Type = 4

/** Elements of a longer array are counted, not kept: a vocabulary has 100,000. */
const keptElements = 8
/** The shortest entry: an empty key, a type, one byte. */
const leastBytes = 13
const leastStringBytes = 8

export interface KeyValues {
  readonly values: ReadonlyMap<string, Plain>
  /** Of the data, in bytes. */
  readonly alignment: number
  readonly findings: readonly Finding[]
}

const alignmentKey = 'general.alignment'
const mostAlignment = 2 ** 20

/**
 * The metadata of a GGUF file. A long array is a short text that says how many elements of which type it has.
 *
 * @throws SdinspectError `format/malformed`, `format/truncated`, `limit/exceeded`
 */
export async function readKeyValues(from: GgufReader, count: bigint, file: string): Promise<KeyValues> {
  refuseCount(from, count)
  withinLimit(from.limits, 'metadataEntries', Number(count), 'the number of metadata keys')
  const values = new Map<string, Plain>()
  const longNames = new LongNames(from.limits)
  const findings: Finding[] = []
  let alignment = 32
  for (let i = 0; i < Number(count); i++) {
    const offset = from.position
    const key = await from.string('a metadata key', 'nameBytes')
    if (key === '') throw from.malformed('a metadata key is empty', offset)
    if (values.has(key)) throw from.malformed(`the metadata key ${quoted(key)} is there twice`, offset)
    longNames.take(key.length)
    await from.ready(4, 'the type of a metadata value')
    const type = from.u32()
    const value = await readValue(from, type, key)
    values.set(key, value)
    const problem = oddity(from, key, type, value)
    if (problem !== null) findings.push(finding('gguf/odd-value', { key, problem }, { file }))
    if (key === alignmentKey) alignment = alignmentOf(from, type, value, offset)
  }
  return { values, alignment, findings }
}

function refuseCount(from: GgufReader, count: bigint): void {
  if (count * BigInt(leastBytes) > BigInt(from.left))
    throw from.malformed(
      `the header says ${count} metadata keys, more than fit in the ${from.left} bytes that follow`,
      16,
    )
}

async function readValue(from: GgufReader, type: number, key: string): Promise<Plain> {
  const what = `the value of ${quoted(key)}`
  if (type === stringType) return from.string(what, 'ggufStringBytes')
  if (type === arrayType) return readArray(from, what)
  const scalar = scalars.get(type)
  if (scalar === undefined)
    throw from.malformed(`${what} has the type ${type}, which GGUF does not have`, from.position - 4)
  const [bytes, read] = scalar
  await from.ready(bytes, what)
  return read(from)
}

async function readArray(from: GgufReader, what: string): Promise<Plain> {
  await from.ready(12, what)
  const offset = from.position
  const type = from.u32()
  const count = from.u64()
  if (type === arrayType)
    throw from.malformed(`${what} is an array of arrays, which ggml does not read`, offset)
  const scalar = scalars.get(type)
  if (scalar === undefined && type !== stringType)
    throw from.malformed(`${what} is an array of the type ${type}, which GGUF does not have`, offset)
  if (count * BigInt(scalar?.[0] ?? leastStringBytes) > BigInt(from.left))
    throw from.malformed(
      `${what} is an array of ${count} elements, more than fit in the ${from.left} bytes that follow`,
      offset,
    )
  const length = Number(count)
  const kept: Plain[] = []
  if (scalar === undefined) {
    for (let i = 0; i < length; i++) {
      if (!from.has(8)) await from.ready(8, what)
      const bytes = from.length(what)
      if (kept.length < keptElements && length <= keptElements) {
        withinLimit(from.limits, 'ggufStringBytes', bytes, `the bytes of a string in ${what}`)
        await from.ready(bytes, what)
        kept.push(from.text(bytes))
      } else from.pass(bytes)
    }
    return length > keptElements ? `${length} strings` : kept
  }
  const [bytes, read] = scalar
  if (length > keptElements) {
    from.pass(length * bytes)
    return `${length} numbers`
  }
  await from.ready(length * bytes, what)
  for (let i = 0; i < length; i++) kept.push(read(from))
  return kept
}

/** What other readers may see otherwise: ggml keeps bytes, Python's refuses what is no UTF-8. */
function oddity(from: GgufReader, key: string, type: number, value: Plain): 'text' | 'boolean' | null {
  if (type === booleanType && from.wasOddBoolean) return 'boolean'
  const texts = [key, ...(Array.isArray(value) ? value : [value])]
  return texts.some((text) => typeof text === 'string' && text.includes('\ufffd')) ? 'text' : null
}

function alignmentOf(from: GgufReader, type: number, value: Plain, offset: number): number {
  if (type !== u32Type || typeof value !== 'number')
    throw from.malformed(
      `${alignmentKey} has the type ${type}; it must be an unsigned number of 32 bits`,
      offset,
    )
  if (value === 0 || (value & (value - 1)) !== 0 || value > mostAlignment)
    throw from.malformed(
      `${alignmentKey} is ${value}; it must be a power of two up to ${mostAlignment}`,
      offset,
    )
  return value
}

function small(value: bigint): Plain {
  return BigInt.asIntN(53, value) === value || (value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER))
    ? Number(value)
    : value
}
