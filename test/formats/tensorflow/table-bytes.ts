import { maskedCrc32c } from '../../../src/codec/crc32c.ts'

/** What is wrong with a table, where something is. */
export interface Wrong {
  readonly packing?: number
  /** Is added to the checksum of the block of entries. */
  readonly checksum?: number
  /** Of the block of entries, as the block of places says. */
  readonly length?: number
  /** Bytes that the last key is said to share. */
  readonly shared?: number
}

/** A table of one block (leveldb/doc/table_format.md); keys are written whole, and numbers have to be below 128. */
export function table(
  entries: readonly (readonly [string, readonly number[]])[],
  wrong: Wrong = {},
): Uint8Array {
  const block = entries.flatMap(([key, value], at) => [
    at === entries.length - 1 ? (wrong.shared ?? 0) : 0,
    key.length,
    value.length,
    ...Buffer.from(key),
    ...value,
  ])
  const first = sealed([...block, 0, 0, 0, 0, 1, 0, 0, 0], wrong)
  return ofBlock(first, wrong)
}

/** A table of as many entries, the key of each a byte longer than the one before. */
export function growing(entries: number): Uint8Array {
  const header = [0, 0, 6, 8, 1, 0x1a, 2, 8, 1]
  const block = [...header]
  for (let at = 0; at < entries; at++) block.push(...varint(at), 1, 0, 0x61)
  return ofBlock(sealed([...block, 0, 0, 0, 0, 1, 0, 0, 0], {}))
}

function ofBlock(first: readonly number[], wrong: Wrong = {}): Uint8Array {
  const length = first.length - 5
  const place = [0, ...varint(wrong.length ?? length)]
  const index = sealed([0, 1, place.length, 0xff, ...place, 0, 0, 0, 0, 1, 0, 0, 0], {})
  const footer = [0, 0, ...varint(first.length), ...varint(index.length - 5)]
  const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]
  return Uint8Array.from([...first, ...index, ...footer, ...Array(40 - footer.length).fill(0), ...magic])
}

function sealed(block: readonly number[], { packing = 0, checksum = 0 }: Wrong): number[] {
  const bytes = [...block, packing]
  const sum = new Uint8Array(4)
  new DataView(sum.buffer).setUint32(0, maskedCrc32c(Uint8Array.from(bytes)) + checksum, true)
  return [...bytes, ...sum]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]
}
