import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DType, dtypes } from '../../../src/model/tensors/dtype.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { loadSimd, type SimdKernels } from '../../../src/values/statistics/simd-kernels.ts'
import type { ValueState } from '../../../src/values/statistics/value-state.ts'
import { stateText } from './state-text.ts'

const simd = (await loadSimd()) as SimdKernels

/** Both kernels' answer for the same bytes, the one in SIMD in pieces. */
function both(dtype: DType, bytes: Uint8Array, piece = bytes.length): [string, string] {
  const elements = (bytes.length * 8) / dtypes[dtype].bits
  const plain = portableKernel(dtype, elements)
  const fast = simd.kernel(dtype, elements)
  plain?.add(bytes)
  for (let at = 0; at < bytes.length; at += piece) fast?.add(bytes.subarray(at, at + piece))
  return [stateText(fast?.finish()), stateText(plain?.finish())]
}

const bytesOf = (values: ArrayLike<number>, make: typeof Float32Array | typeof Float64Array) =>
  new Uint8Array(make.from(values as ArrayLike<number>).buffer)

/** A block and a half whose values are of one sort, with some of another in them. */
const floats = fc
  .record({
    size: fc.constantFrom(1, 3, 7, 8, 9, 15, 17, 4_095, 4_096, 4_097, 6_001),
    scale: fc.constantFrom(1, 1e-3, 1e30, 1e-30, 1e-39, 1e-44, 1e300, 1e-300, 1e-310, 0),
    offset: fc.constantFrom(0, 0, 0, 1, -1e4, 1e-3),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    whole: fc.boolean(),
    odd: fc.array(
      fc.tuple(
        fc.nat(6_000),
        fc.constantFrom(Number.NaN, 1 / 0, -1 / 0, -0, 1e-45, 3e38, 1e-20, 1e308, 448, 65_504),
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ size, scale, offset, seed, whole, odd }) => {
    let state = seed
    const values = Array.from({ length: size }, () => {
      state = (state * 48_271) % 2_147_483_647
      const unit = state / 2_147_483_647 - 0.5
      return (whole ? Math.round(unit * 64) : unit) * scale + offset
    })
    for (const [at, value] of odd) if (at < size) values[at] = value
    return values
  })

describe('kernels in SIMD', () => {
  it.each(['F32', 'F64'] as const)('come to the same bits as those in TypeScript: %s', (dtype) => {
    const make = dtype === 'F32' ? Float32Array : Float64Array
    fc.assert(
      fc.property(floats, fc.integer({ min: 1, max: 3_000 }), (values, piece) => {
        const [fast, plain] = both(dtype, bytesOf(values, make), piece * (dtypes[dtype].bits / 8))
        expect(fast).toBe(plain)
      }),
      { numRuns: 40 },
    )
  })

  it.each(['I32', 'U32', 'I64', 'U64', 'F16', 'BF16', 'I16', 'U8', 'I8', 'F8_E4M3', 'BOOL'] as const)(
    'come to the same bits as those in TypeScript: %s',
    (dtype) => {
      const width = dtypes[dtype].bits / 8
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), fc.nat(60), (bytes, piece) => {
          const whole = bytes.subarray(0, bytes.length - (bytes.length % width))
          const [fast, plain] = both(dtype, whole, (piece + 1) * width)
          expect(fast).toBe(plain)
        }),
        { numRuns: 20 },
      )
    },
  )

  it.each(['F32', 'BF16', 'F16'] as const)('find counts and extremes alone too: %s', (dtype) => {
    const width = dtypes[dtype].bits / 8
    const ranged = (bytes: Uint8Array, piece: number) => {
      const kernel = simd.kernel(dtype, bytes.length / width, 'range')
      for (let at = 0; at < bytes.length; at += piece) kernel?.add(bytes.subarray(at, at + piece))
      return kernel?.finish()
    }
    const counts = (state: ValueState | null | undefined) => {
      const { elements, nan, positiveInfinity, negativeInfinity } = state as ValueState
      const { zeros, subnormal, min, max } = state as ValueState
      return { elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal, min, max }
    }
    const held = (bytes: Uint8Array, piece = bytes.length) => {
      const plain = portableKernel(dtype, bytes.length / width)
      plain?.add(bytes)
      const found = ranged(bytes, piece)
      expect(counts(found)).toEqual(counts(plain?.finish()))
      expect(found?.isRange).toBe(true)
    }
    fc.assert(
      fc.property(floats, fc.integer({ min: 1, max: 3_000 }), (values, piece) => {
        const words = Uint32Array.from(new Uint32Array(Float32Array.from(values).buffer))
        const halves = Uint16Array.from(words, (word) => word >>> 16)
        held(new Uint8Array(dtype === 'F32' ? words.buffer : halves.buffer), piece * width)
      }),
      { numRuns: 40 },
    )
    // Every pattern of 16 bits, in one block that is all finite or in one that is not, and some alone.
    const codes = Uint16Array.from({ length: 65_536 }, (_, i) => (i * 40_503) & 0xffff)
    held(new Uint8Array(codes.buffer))
    held(new Uint8Array(codes.filter((code) => (code & 0x7c00) !== 0x7c00).buffer))
    for (let code = 0; code < 65_536; code += 1_999) {
      const alone = new Uint16Array(98).fill(0x3f00)
      alone[(code % 49) * 2 + 1] = code
      held(new Uint8Array(alone.buffer))
    }
    held(new Uint8Array(width * 33))
    held(new Uint8Array())
  })

  it('are those of the source', () => {
    const root = new URL('../../../', import.meta.url)
    const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
    const [, digest] =
      /statistics\.ts ([0-9a-f]{64})\./.exec(read('src/values/statistics/kernel-bytes.ts')) ?? []
    const { version } = JSON.parse(read('node_modules/assemblyscript/package.json'))
    const flags =
      '-O3 --enable simd --runtime stub --noAssert --use abort= --initialMemory 82 --maximumMemory 82'
    const made = [read('kernels/statistics.ts'), version, ...flags.split(' ')].join('\0')
    expect(createHash('sha256').update(made).digest('hex')).toBe(digest)
  })
})
