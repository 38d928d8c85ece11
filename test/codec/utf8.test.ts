import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiSlicer, invalidUtf8At } from '../../src/codec/utf8.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

describe('invalidUtf8At', () => {
  it('agrees with TextDecoder on any bytes', () => {
    const byte = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
        const bytes = Uint8Array.from(list)
        let isValid = true
        try {
          decoder.decode(bytes)
        } catch {
          isValid = false
        }
        expect(invalidUtf8At(bytes, 0, bytes.length) === -1).toBe(isValid)
      }),
      { numRuns: 20_000 },
    )
  })

  it('looks at its range only, and gives the index of the first bad byte', () => {
    const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xa9, 0xff)
    expect(invalidUtf8At(bytes, 1, 4)).toBe(-1)
    expect(invalidUtf8At(bytes, 1, 3)).toBe(2)
    expect(invalidUtf8At(bytes, 1, 5)).toBe(4)
  })
})

describe('asciiSlicer', () => {
  it('gives the same text where there is no Buffer, as in a browser', () => {
    const bytes = new TextEncoder().encode('xxmodel.weight').subarray(2)
    const withBuffer = asciiSlicer(bytes)(6, 12)
    const scope = globalThis as { Buffer?: unknown }
    const kept = scope.Buffer
    try {
      delete scope.Buffer
      expect(asciiSlicer(bytes)(6, 12)).toBe(withBuffer)
    } finally {
      scope.Buffer = kept
    }
    expect(withBuffer).toBe('weight')
  })
})
