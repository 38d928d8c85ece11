import { expect, it } from 'vitest'
import { varintPieces } from '../../src/codec/varint-pieces.ts'
import { varint } from '../formats/onnx/onnx-bytes.ts'

async function decoded(bytes: Uint8Array, width: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
  for await (const piece of varintPieces(read, bytes.length, width)) pieces.push(piece.slice())
  return Buffer.concat(pieces)
}

it('gives the lowest bits of each number, over any number of pieces', async () => {
  const numbers = Array.from({ length: 30_000 }, (_, i) => BigInt(i) ** 4n * (i % 2 === 0 ? 1n : -1n))
  const packed = Buffer.concat(numbers.map(varint))
  expect(packed.length).toBeGreaterThan(131_072)
  expect((await decoded(packed, 8)).equals(Buffer.from(BigInt64Array.from(numbers).buffer))).toBe(true)
  for (const [width, array] of [
    [4, Int32Array.from(numbers, (one) => Number(BigInt.asIntN(32, one)))],
    [2, Uint16Array.from(numbers, (one) => Number(BigInt.asUintN(16, one)))],
    [1, Uint8Array.from(numbers, (one) => Number(BigInt.asUintN(8, one)))],
  ] as const)
    expect((await decoded(packed, width)).equals(Buffer.from(array.buffer))).toBe(true)
})

it('refuses a number that is cut off, and one of more than ten bytes', async () => {
  await expect(decoded(Uint8Array.of(1, 0x80), 4)).rejects.toMatchObject({ code: 'format/malformed' })
  const long = new Uint8Array(11).fill(0x80)
  await expect(decoded(long, 4)).rejects.toMatchObject({ code: 'format/malformed' })
})
