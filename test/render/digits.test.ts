import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromDigits, inDigits } from '../../src/render/html/digits.ts'

/** Bytes that look random, of any length. */
function bytesOf(length: number): Uint8Array {
  const parts: Buffer[] = []
  for (let i = 0; i * 32 < length; i++) parts.push(createHash('sha256').update(`${i}`).digest())
  return new Uint8Array(Buffer.concat(parts).subarray(0, length))
}

describe('bytes as text of a page', () => {
  it('come back, whatever their number', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 1023, 40_961]) {
      const bytes = bytesOf(length)
      expect(Buffer.compare(Buffer.from(fromDigits(inDigits(bytes))), Buffer.from(bytes))).toBe(0)
    }
    for (const byte of [0, 1, 127, 128, 255])
      for (let length = 1; length < 9; length++)
        expect([...fromDigits(inDigits(new Uint8Array(length).fill(byte)))]).toEqual(
          Array.from({ length }, () => byte),
        )
  })

  it('take sixteen characters for thirteen bytes, none of which a page reads as more than itself', () => {
    const text = inDigits(bytesOf(39_000))
    expect(text).toHaveLength(48_000)
    expect(text).toMatch(/^[!-~]*$/)
    expect(text).not.toMatch(/[<&\\]/)
    expect(new Set(text).size).toBe(91)
  })
})
