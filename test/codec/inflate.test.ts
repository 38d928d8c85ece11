import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inflatePieces, inflateRaw } from '../../src/codec/inflate.ts'
import { isSdinspectError, type SdinspectError } from '../../src/errors.ts'

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FILTERED,
]

test('gives back what zlib compressed, at every level and strategy', () => {
  const words = fc.array(fc.constantFrom('weight', 'bias', '\0\0\0\0', 'é', 'running_mean'), {
    maxLength: 400,
  })
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    words.map((list) => new TextEncoder().encode(list.join(''))),
  )
  fc.assert(
    fc.property(
      inputs,
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(...strategies),
      (bytes, level, strategy) => {
        const packed = deflateRawSync(bytes, { level, strategy })
        expect(Buffer.from(inflateRaw(packed, bytes.length)).equals(bytes)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('gives back a megabyte that is not all one block', () => {
  const bytes = new Uint8Array(1_000_000).map((_, i) => (i * i) >> 7)
  expect(Buffer.from(inflateRaw(deflateRawSync(bytes), bytes.length)).equals(bytes)).toBe(true)
})

const text = new TextEncoder().encode('torch.nn.modules.batchnorm '.repeat(20))
const packed = deflateRawSync(text)

test('refuses bytes after the end of the stream', () => {
  expect(() => inflateRaw(Buffer.concat([packed, Buffer.of(0)]), text.length)).toThrow('ends 1 bytes before')
})

test('refuses every stream that is cut off', () => {
  for (let length = 0; length < packed.length; length++)
    expect(() => inflateRaw(packed.subarray(0, length), text.length)).toThrow('deflate stream')
})

test('refuses a stream that gives more or fewer bytes than were announced', () => {
  expect(() => inflateRaw(packed, text.length - 1)).toThrow('gives more than the 539 bytes')
  expect(() => inflateRaw(packed, text.length + 1)).toThrow('gives 540 bytes, and 541 were announced')
})

test('answers or refuses any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(600), (bytes, length) => {
      try {
        expect(inflateRaw(bytes, length).length).toBe(length)
      } catch (error) {
        if (!isSdinspectError(error, 'format/malformed')) throw error
      }
    }),
    { numRuns: 1000 },
  )
})

/** A stream in pieces, read in runs of any length. */
async function inPieces(packed: Uint8Array, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  const read = async (offset: number, length: number) => packed.slice(offset, offset + length)
  for await (const piece of inflatePieces(read, packed.length, bytes)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

test('gives the same in pieces', async () => {
  const noise = new Uint8Array(400_000).map((_, i) => (i * 2_654_435_761) >>> 13)
  const kinds = [noise, noise.map((byte) => byte & 3), new Uint8Array(1_000_000), new Uint8Array(0)]
  for (const bytes of kinds)
    for (const level of [0, 1, 6, 9])
      for (const strategy of strategies) {
        const packed = deflateRawSync(bytes, { level, strategy })
        expect((await inPieces(packed, bytes.length)).equals(bytes)).toBe(true)
      }
})

test('refuses in pieces what it refuses as a whole', async () => {
  for (let length = 0; length < packed.length; length++)
    await expect(inPieces(packed.subarray(0, length), text.length)).rejects.toThrow('deflate stream')
  await expect(inPieces(Buffer.concat([packed, Buffer.of(0)]), text.length)).rejects.toThrow(
    'ends 1 bytes before',
  )
  await expect(inPieces(packed, text.length - 1)).rejects.toThrow('gives more than the 539 bytes')
  await expect(inPieces(packed, text.length + 1)).rejects.toThrow('gives 540 bytes, and 541 were announced')
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      const whole = outcomeOf(() => inflateRaw(bytes, 40))
      const pieces = await inPieces(bytes, 40).then(
        () => 'given',
        (error) => error.code,
      )
      expect(pieces).toBe(whole)
    }),
    { numRuns: 2_000 },
  )
})

test('stops a bomb at the announced size, with the memory of a piece', async () => {
  const bomb = deflateRawSync(new Uint8Array(50_000_000))
  let largest = 0
  let given = 0
  const read = async (offset: number, length: number) => bomb.subarray(offset, offset + length)
  const run = async () => {
    for await (const piece of inflatePieces(read, bomb.length, 1_000_000)) {
      largest = Math.max(largest, piece.length)
      given += piece.length
    }
  }
  await expect(run()).rejects.toThrow('gives more than the 1000000 bytes')
  expect(given).toBeLessThanOrEqual(1_000_000)
  expect(largest).toBeLessThanOrEqual(163_840)
})

function outcomeOf(run: () => unknown): string {
  try {
    run()
    return 'given'
  } catch (error) {
    return (error as SdinspectError).code
  }
}
