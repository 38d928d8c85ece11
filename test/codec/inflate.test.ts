import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inflateRaw } from '../../src/codec/inflate.ts'
import { isSdinspectError } from '../../src/errors.ts'

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
