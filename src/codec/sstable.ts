import { SdinspectError } from '../errors.ts'
import { type Limits, LongNames, withinLimit } from '../limits.ts'
import { maskedCrc32c } from './crc32c.ts'

// leveldb/doc/table_format.md: blocks of entries, each with a byte that says how it is packed and a checksum; a block of
// the places of all blocks; 48 bytes at the end that say where that is. Keys are in order, and each is stored without what
// it begins with as the one before.

/** One entry of a table. Its key are bytes, which for most are a text. */
export interface TableEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const footerBytes = 48
const trailerBytes = 5
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

/** Whether a file ends as a table does. */
function endsAsTable(bytes: Uint8Array): boolean {
  const end = bytes.subarray(bytes.length - magic.length)
  return bytes.length >= footerBytes && magic.every((byte, at) => end[at] === byte)
}

/**
 * The entries of a table in order.
 *
 * @throws SdinspectError `format/truncated`, `format/malformed`, `unsupported/feature` for blocks packed with Snappy,
 *   `limit/exceeded` (`tensors`)
 */
export function* tableEntries(bytes: Uint8Array, limits: Limits): Generator<TableEntry> {
  if (!endsAsTable(bytes))
    throw new SdinspectError(
      'format/truncated',
      'the table does not end as tables do: its last bytes are missing',
      {
        offset: Math.max(0, bytes.length - magic.length),
        hint: 'the download may have stopped half way: fetch the file again',
      },
    )
  const footer = new Bytes(bytes.subarray(bytes.length - footerBytes), bytes.length - footerBytes)
  footer.varint()
  footer.varint()
  const index = blockAt(bytes, footer.varint(), footer.varint(), footer.offset)
  let count = 0
  const longNames = new LongNames(limits)
  for (const { value } of blockEntries(index, limits, longNames)) {
    const place = new Bytes(value, index.offset)
    const block = blockAt(bytes, place.varint(), place.varint(), index.offset)
    for (const entry of blockEntries(block, limits, longNames)) {
      withinLimit(limits, 'tensors', ++count, 'the number of entries of the table')
      yield entry
    }
  }
}

interface Block {
  readonly bytes: Uint8Array
  /** In the file. */
  readonly offset: number
}

function blockAt(bytes: Uint8Array, offset: number, length: number, from: number): Block {
  const end = offset + length + trailerBytes
  if (end > bytes.length - footerBytes)
    throw malformed(`a block of ${length} bytes at ${offset} runs past the end of the table`, from)
  const packing = bytes[offset + length]
  const stored = new DataView(bytes.buffer, bytes.byteOffset + offset + length + 1, 4).getUint32(0, true)
  const found = maskedCrc32c(bytes.subarray(offset, offset + length + 1))
  if (found !== stored)
    throw malformed(
      `the block at ${offset} has the checksum ${found.toString(16)}, and ${stored.toString(16)} is stored`,
      offset,
    )
  if (packing === 0) return { bytes: bytes.subarray(offset, offset + length), offset }
  throw new SdinspectError(
    'unsupported/feature',
    packing === 1
      ? 'the blocks of the table are packed with Snappy, which is not read'
      : `the block at ${offset} is packed in the way ${packing}, which is not known`,
    { offset },
  )
}

function* blockEntries(
  { bytes, offset }: Block,
  limits: Limits,
  longNames: LongNames,
): Generator<TableEntry> {
  const restarts =
    bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)
  const end = bytes.length - 4 * (restarts + 1)
  if (restarts < 0 || end < 0)
    throw malformed(`the block at ${offset} has no list of places to start at`, offset)
  const from = new Bytes(bytes.subarray(0, end), offset)
  let key = new Uint8Array()
  while (from.left > 0) {
    const at = from.offset
    const [shared, rest, length] = [from.varint(), from.varint(), from.varint()]
    if (shared > key.length)
      throw malformed(`a key begins with ${shared} bytes of the one before, which has ${key.length}`, at)
    // Each key is written out, and may begin with all of the one before.
    withinLimit(limits, 'nameBytes', shared + rest, 'the bytes of a key', at)
    longNames.take(shared + rest)
    const tail = from.take(rest)
    const next = new Uint8Array(shared + rest)
    next.set(key.subarray(0, shared))
    next.set(tail, shared)
    key = next
    yield { key, value: from.take(length) }
  }
}

function malformed(problem: string, offset: number): SdinspectError {
  return new SdinspectError('format/malformed', problem, { offset })
}

/** Reads numbers of variable length and runs of bytes, and never past the end. */
class Bytes {
  readonly #bytes: Uint8Array
  readonly #begin: number
  #at = 0

  /** @param begin of the bytes, in the file */
  constructor(bytes: Uint8Array, begin: number) {
    this.#bytes = bytes
    this.#begin = begin
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  get offset(): number {
    return this.#begin + this.#at
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw malformed(`an entry of ${length} bytes ends outside its block`, this.offset)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  varint(): number {
    const begin = this.offset
    let value = 0
    for (let place = 1; place < 2 ** 50; place *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw malformed('a number ends outside its block', begin)
      value += (byte & 0x7f) * place
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value
        break
      }
    }
    throw malformed('a number is larger than any file', begin)
  }
}
