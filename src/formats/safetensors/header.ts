import { duplicateKey } from '../../codec/json.ts'
import { JsonReader } from '../../codec/json-reader.ts'
import { asciiSlicer } from '../../codec/utf8.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import type { RuleId } from '../../findings/catalogue.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Finding } from '../../model/finding.ts'
import { type DType, dtypes, safetensorsDTypes } from '../../model/tensors/dtype.ts'
import { NameCheck } from '../name-check.ts'
import { CanonicalEntries } from './canonical-entries.ts'
import { storedSize } from './element-count.ts'
import { HeaderColumns, type HeaderTable, hashOfText, outlineOf } from './header-columns.ts'
import { dataLength } from './layout.ts'

// https://github.com/huggingface/safetensors#format
//   u64 n, little-endian | n bytes of JSON | tensor data, at offsets counted from here

/** Bytes before the header: its length. */
export const lengthBytes = 8

export interface HeaderOptions {
  readonly limits: Limits
  /** The file's name within its checkpoint, for the places of values. */
  readonly file: string
  /** Bytes of the whole header, where only its beginning is given. Where that ends is `format/truncated` then. */
  readonly wholeBytes?: number
}

/** What a header says, checked against itself. */
export interface Header {
  /** In header order. None is tied: the format refuses shared bytes. */
  readonly tensors: HeaderTable
  /** `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>
  /** Where the data section begins, in bytes from the start of the file. */
  readonly dataOffset: number
  /** Bytes of the data section as the tensors lay it out, from 0 without a gap. */
  readonly dataBytes: number
  /** What is odd and breaks no rule. */
  readonly findings: readonly Finding[]
  hasTensor(name: string): boolean
}

const ascii = (text: string) => new TextEncoder().encode(text)
const dtypeNames = safetensorsDTypes.map(ascii)
const metadataKey = ascii('__metadata__')
const dtypeKey = ascii('dtype')
const shapeKey = ascii('shape')
const offsetsKey = ascii('data_offsets')

/**
 * Reads the JSON header of a safetensors file: `bytes` is what stands between the length and the data. All
 * the rules of the format that need no look at the rest of the file are checked.
 *
 * @throws SdinspectError `format/malformed` with the offset in the file, `limit/exceeded`
 */
export function parseHeader(bytes: Uint8Array, options: HeaderOptions): Header {
  return new HeaderParser(bytes, options).parse()
}

/** One pass over the JSON, straight to tensors: a header may hold a million. */
class HeaderParser {
  private readonly reader: JsonReader
  private readonly options: HeaderOptions
  private readonly dataOffset: number
  private readonly leading: number
  private readonly columns: HeaderColumns
  private readonly canonical: CanonicalEntries
  private readonly nameCheck = new NameCheck()
  private readonly findings: Finding[] = []
  private metadata: Map<string, string> | null = null
  private readonly told = new Set<RuleId>()

  // The entry being read. -1 and null: not seen yet.
  private dtypeIndex = 0
  private hasDType = false
  /** Its number in the pool. */
  private shape = -1
  private exactShape: readonly (number | bigint)[] = []
  /** A dimension is past 2^53-1. */
  private isRounded = false
  private begin = -1
  private end = -1

  constructor(bytes: Uint8Array, options: HeaderOptions) {
    this.options = options
    this.dataOffset = lengthBytes + (options.wholeBytes ?? bytes.length)
    this.leading = bytes[0] ?? 0
    this.reader = new JsonReader(bytes, {
      what: 'the header',
      base: lengthBytes,
      depth: options.limits.jsonDepth,
      longNames: options.limits.longNames,
      // The header's length is announced, and the reference refuses deep nesting as malformed too.
      endCode: options.wholeBytes ? 'format/truncated' : 'format/malformed',
      tooDeep: { code: 'format/malformed', because: 'which no safetensors header does' },
    })
    this.columns = new HeaderColumns(bytes, asciiSlicer(bytes))
    this.canonical = new CanonicalEntries(bytes, this.columns, options.limits)
  }

  parse(): Header {
    const { reader, columns, canonical, options } = this
    if (reader.peek() !== 'object') throw reader.error('a safetensors header must be a JSON object')
    if (this.leading !== 0x7b)
      this.findings.push(finding('format/leading-whitespace', {}, { file: options.file }))
    reader.beginObject()
    for (;;) {
      reader.resume(canonical.read(reader.index))
      if (!reader.nextKey()) break
      if (reader.tokenIs(metadataKey)) this.readMetadata()
      else this.readEntry()
    }
    reader.end()
    const tensors = columns.table(this.dataOffset, options.file)
    const hasTensor = (name: string) => tensors.rowOf(name) >= 0
    this.findings.push(...this.nameCheck.findings(hasTensor, options.file))
    const dataBytes = dataLength(tensors, this.dataOffset)
    return {
      tensors,
      metadata: this.metadata ?? new Map(),
      dataOffset: this.dataOffset,
      dataBytes,
      findings: this.findings,
      hasTensor,
    }
  }

  private readEntry(): void {
    const { reader, columns, options } = this
    const offset = reader.tokenOffset
    withinLimit(options.limits, 'nameBytes', reader.tokenBytes, 'the bytes of a tensor name', offset)
    const name = reader.text()
    const begin = reader.tokenIsPlain ? offset - lengthBytes : -1
    if (begin < 0 || name === '') this.nameCheck.add(name)
    try {
      this.readFields(name)
      this.checkEntry(name, offset)
      const hash = hashOfText(name)
      const before =
        begin < 0 ? columns.rowOfText(name) : columns.rowOfBytes(begin, begin + name.length, hash)
      if (before >= 0) throw this.duplicate(name, before, offset)
      columns.push(hash, this.dtypeIndex, this.shape, this.begin)
      withinLimit(options.limits, 'tensors', columns.count, 'the number of tensors', offset)
    } catch (error) {
      throw error instanceof SdinspectError ? error.within({ tensor: name }) : error
    }
  }

  private readFields(name: string): void {
    const { reader } = this
    this.hasDType = false
    this.shape = -1
    this.begin = -1
    if (reader.peek() !== 'object')
      throw reader.error(`the entry of tensor ${quoted(name)} must be an object`)
    reader.beginObject()
    while (reader.nextKey()) {
      if (reader.tokenIs(dtypeKey)) this.readDType(name)
      else if (reader.tokenIs(shapeKey)) this.readShape(name)
      else if (reader.tokenIs(offsetsKey)) this.readOffsets(name)
      else this.skipUnknownField(name)
    }
  }

  private readDType(name: string): void {
    const { reader } = this
    if (this.hasDType) throw duplicateKey(reader, 'dtype')
    this.hasDType = true
    reader.beginString()
    // Neighbours mostly share their type.
    if (reader.tokenIs(dtypeNames[this.dtypeIndex] as Uint8Array)) return
    this.dtypeIndex = dtypeNames.findIndex((dtype) => reader.tokenIs(dtype))
    if (this.dtypeIndex >= 0) return
    const dtype = reader.text()
    const upper = dtype.toUpperCase()
    throw reader
      .error(
        `tensor ${quoted(name)} has the dtype ${quoted(dtype)}, which is none of ${safetensorsDTypes.join(', ')}`,
        reader.tokenOffset,
      )
      .within({
        hint: safetensorsDTypes.some((known) => known === upper)
          ? `the format writes it ${upper}`
          : 'the format grows new types: a newer sdinspect may know it',
      })
  }

  private readShape(name: string): void {
    const { reader } = this
    if (this.shape >= 0) throw duplicateKey(reader, 'shape')
    const shape = this.columns.pool.scratch
    shape.length = 0
    reader.beginArray()
    this.isRounded = false
    while (reader.nextElement()) {
      const dimension = reader.unsigned()
      if (typeof dimension === 'bigint') this.isRounded = true
      shape.push(dimension)
      if (shape.length > this.options.limits.dimensions)
        withinLimit(
          this.options.limits,
          'dimensions',
          shape.length,
          `the number of dimensions of tensor ${quoted(name)}`,
          reader.offset,
        )
    }
    this.exactShape = shape
    this.shape = this.columns.pool.id(shape)
  }

  private readOffsets(name: string): void {
    const { reader } = this
    if (this.begin >= 0) throw duplicateKey(reader, 'data_offsets')
    const offset = reader.offset
    reader.beginArray()
    if (!reader.nextElement()) throw this.notTwo(name, offset)
    const begin = reader.unsigned()
    if (!reader.nextElement()) throw this.notTwo(name, offset)
    const end = reader.unsigned()
    if (reader.nextElement()) throw this.notTwo(name, offset)
    if (typeof begin === 'bigint' || typeof end === 'bigint')
      throw reader.error(
        `data_offsets [${begin}, ${end}] of tensor ${quoted(name)} are past the end of any file`,
        offset,
      )
    this.begin = begin
    this.end = end
  }

  private notTwo(name: string, offset: number): SdinspectError {
    return this.reader.error(`data_offsets of tensor ${quoted(name)} must be two numbers`, offset)
  }

  private checkEntry(name: string, offset: number): void {
    const { shape, begin, end } = this
    if (!this.hasDType || shape < 0 || begin < 0) throw this.missingField(name, offset)
    const dtype = safetensorsDTypes[this.dtypeIndex] as DType
    if (end < begin)
      throw this.wrong(name, `has data_offsets that begin at ${begin} and end at ${end}`, offset)
    const size = storedSize(this.exactShape, dtypes[dtype].bits)
    if ('problem' in size) throw this.wrong(name, `is ${this.type()}: ${size.problem}`, offset)
    if (size.bytes !== end - begin) {
      const needs = `which needs ${size.bytes} bytes, and its data_offsets give ${end - begin}`
      throw this.wrong(name, `is ${this.type()}, ${needs}`, offset)
    }
    if (this.isRounded && this.isFirst('format/huge-dimension'))
      this.findings.push(
        finding('format/huge-dimension', { type: this.type() }, { tensor: name, file: this.options.file }),
      )
  }

  private readMetadata(): void {
    const { reader } = this
    if (this.metadata !== null) throw duplicateKey(reader, '__metadata__')
    this.metadata = new Map()
    if (reader.peek() === 'null') {
      reader.null()
      this.findings.push(finding('format/null-metadata', {}, { file: this.options.file }))
      return
    }
    if (reader.peek() !== 'object') throw reader.error('"__metadata__" must be an object of strings')
    reader.beginObject()
    while (reader.nextKey()) {
      withinLimit(
        this.options.limits,
        'nameBytes',
        reader.tokenBytes,
        'the bytes of a metadata key',
        reader.tokenOffset,
      )
      const key = reader.text()
      if (this.metadata.has(key)) throw duplicateKey(reader, key)
      const kind = reader.peek()
      if (kind !== 'string')
        throw reader.error(`the metadata value of ${quoted(key)} must be a string, and is of kind ${kind}`)
      this.metadata.set(key, reader.string())
      withinLimit(
        this.options.limits,
        'metadataEntries',
        this.metadata.size,
        'the number of metadata keys',
        reader.offset,
      )
    }
  }

  private skipUnknownField(name: string): void {
    if (this.isFirst('format/unknown-field')) {
      const about = { tensor: name, file: this.options.file }
      this.findings.push(finding('format/unknown-field', { field: this.reader.text() }, about))
    }
    this.reader.skipValue()
  }

  private missingField(name: string, offset: number): SdinspectError {
    const missing = !this.hasDType ? 'dtype' : this.shape < 0 ? 'shape' : 'data_offsets'
    return this.wrong(name, `has no ${missing}`, offset)
  }

  private duplicate(name: string, before: number, offset: number): SdinspectError {
    const { columns, dataOffset } = this
    const again = outlineOf(this.dtypeIndex, columns.pool, this.shape, dataOffset + this.begin)
    return this.reader.error(
      `the tensor ${quoted(name)} is there twice: ${columns.outline(before, dataOffset)} and ${again}`,
      offset,
    )
  }

  private wrong(name: string, problem: string, offset: number): SdinspectError {
    return this.reader.error(`tensor ${quoted(name)} ${problem}`, offset)
  }

  /** The type of the entry being read, with exact numbers. */
  private type(): string {
    return `${safetensorsDTypes[this.dtypeIndex]} [${this.exactShape.join(', ')}]`
  }

  /** Each is told once a header: a million tensors may have the same oddity. */
  private isFirst(rule: RuleId): boolean {
    const isFirst = !this.told.has(rule)
    this.told.add(rule)
    return isFirst
  }
}
