import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { latin1Pieces } from '../../src/codec/latin1-pieces.ts'
import { type NumberType, numberPieces } from '../../src/codec/number-pieces.ts'

async function all(pieces: AsyncGenerator<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

const reader = (bytes: Uint8Array) => async (offset: number, length: number) =>
  bytes.subarray(offset, offset + length)

describe('text of bytes', () => {
  const decoded = (text: Uint8Array) => all(latin1Pieces(reader(text), text.length))

  test('gives the bytes, across the borders of pieces too', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 200_001 }, (_, i) => (i * 97) >> 3))
    expect((await decoded(Buffer.from(bytes.toString('latin1')))).equals(bytes)).toBe(true)
  })

  test.each([[`${'é'.repeat(3)}Ā`], ['€'], ['\ud83d\ude00']])('refuses what is no byte: %j', async (text) => {
    await expect(decoded(Buffer.from(text))).rejects.toThrow('that is no byte')
  })

  test('refuses a text that ends inside a character', async () => {
    await expect(decoded(Buffer.of(0xc3))).rejects.toThrow('that is no byte')
    await expect(decoded(Buffer.of(0xc3, 0x41))).rejects.toThrow('that is no byte')
    await expect(decoded(Buffer.of(0x80))).rejects.toThrow('that is no byte')
  })
})

describe('numbers of a text', () => {
  const decoded = (text: string, type: NumberType) => {
    const bytes = Buffer.from(text)
    return all(numberPieces(reader(bytes), bytes.length, type))
  }

  test('are those that JSON.parse gives, wherever pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 })),
        fc.constantFrom(0, 65_530, 65_535),
        async (lists, spaces) => {
          const text = `${' '.repeat(spaces)}${JSON.stringify(lists, null, 1)}`
          const found = await decoded(text, 'F64')
          const values = (JSON.parse(text) as number[][]).flat()
          expect(found.equals(Buffer.from(Float64Array.from(values).buffer))).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('are written as Python writes those that JSON lacks', async () => {
    const found = await decoded('[NaN,[ Infinity ],\n-Infinity]', 'F64')
    expect(Array.from(new Float64Array(new Uint8Array(found).buffer))).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
    ])
  })

  test('of 64 bits are exact', async () => {
    const found = await decoded('[9223372036854775807,-9223372036854775808,0]', 'I64')
    expect(Array.from(new BigInt64Array(new Uint8Array(found).buffer))).toEqual([
      2n ** 63n - 1n,
      -(2n ** 63n),
      0n,
    ])
    expect(await decoded('18446744073709551615', 'U64')).toEqual(Buffer.alloc(8, 255))
    expect(await decoded('[[true],[false]]', 'BOOL')).toEqual(Buffer.of(1, 0))
  })

  test.each<[string, NumberType, string]>([
    ['[1, 2', 'F64', 'the lists end before they are closed'],
    ['[1, 2]]', 'F64', 'the lists end before they are closed'],
    ['[1, "2"]', 'F64', 'where a number was'],
    ['[1e999]', 'F64', 'beyond a double'],
    ['[nan]', 'F64', 'where a number was'],
    ['[0x10]', 'F64', 'where a number was'],
    ['[1.5]', 'I64', 'where an integer was'],
    ['[9223372036854775808]', 'I64', 'is no 64-bit integer'],
    ['[-1]', 'U64', 'is no unsigned 64-bit integer'],
    ['[1]', 'BOOL', 'where a truth value was'],
    [`[${'1'.repeat(5_000)}]`, 'F64', 'a number of more than'],
  ])('are refused where they are none: %s as %s', async (text, type, message) => {
    await expect(decoded(text, type)).rejects.toThrow(message)
  })
})
