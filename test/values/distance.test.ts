import { describe, expect, it } from 'vitest'
import { DistanceSum, distanceBetween } from '../../src/values/distance.ts'
import { doublesOf } from '../../src/values/doubles.ts'
import { roundTo } from '../../src/values/round-to.ts'

const values = (length: number, at: (index: number) => number) =>
  Float64Array.from({ length }, (_, i) => at(i))
const x = values(1_000, (i) => ((i * 37) % 11) / 8 - 0.6171875)
const y = values(1_000, (i) => ((i * 37) % 11) / 8 - 0.6171875 + (((i * 7) % 5) - 2) / 64)

describe('how far two runs of values are apart', () => {
  it('is what torch 2.15 computes of them in double precision', async () => {
    const pieces = async function* (of: Float64Array, size: number) {
      for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size)
    }
    const found = await distanceBetween(
      { dtype: 'F32', values: pieces(x, 7) },
      { dtype: 'F32', values: pieces(y, 33) },
    )
    expect(found).toMatchObject({ elements: 1_000, differing: 800, notFinite: 0, maxAbs: 0.03125 })
    expect(found.meanAbs).toBeCloseTo(0.01875, 14)
    expect(found.relativeL2).toBeCloseTo(0.05587472892921187, 14)
    expect(found.cosine).toBeCloseTo(0.9984429283013146, 14)
    expect(found.roundedTo).toBeUndefined()
  })

  it('leaves NaN and infinities out of the sums, and counts where one side alone has them', () => {
    const sum = new DistanceSum('F32', 'F32')
    sum.add(
      Float64Array.of(1, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, 2),
      Float64Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    )
    expect(sum.result()).toMatchObject({ differing: 2, notFinite: 2, maxAbs: 0, relativeL2: 0, cosine: 1 })
  })

  it('knows a copy that was rounded, whichever side it is, and no other', () => {
    const third = Float64Array.of(Math.fround(1 / 3), 2)
    const rounded = Float64Array.of(0.333984375, 2)
    const of = (a: Float64Array, b: Float64Array, types: readonly ['F32', 'F32' | 'BF16']) => {
      const sum = new DistanceSum(...types)
      sum.add(a, b)
      return sum.result().roundedTo
    }
    expect(of(third, rounded, ['F32', 'BF16'])).toBe('BF16')
    expect(of(third, rounded, ['F32', 'F32'])).toBe('BF16')
    expect(of(rounded, third, ['F32', 'F32'])).toBe('BF16')
    // Cut off, and not rounded.
    expect(of(third, Float64Array.of(0.33203125, 2), ['F32', 'BF16'])).toBeUndefined()
  })
})

describe('rounding', () => {
  // torch 2.15: torch.tensor(inputs, dtype=torch.float64).to(dtype).double()
  const inputs = [
    0.3333333333333333,
    -2.0005,
    65519.99,
    65520,
    -1e9,
    3.4e38,
    3.3961e38,
    1e-7,
    2.98e-8,
    2.9802322387695312e-8,
    2.9802326e-8,
    1.00390625,
    1.01171875,
    1.0014652392578125,
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e-40,
    1.1754943e-38,
    3.38953139e38,
    3.39597150966e38,
  ]
  const infinite = Number.POSITIVE_INFINITY
  const cases = {
    F16: [
      0.333251953125,
      -2,
      65504,
      infinite,
      -infinite,
      infinite,
      infinite,
      1.1920928955078125e-7,
      0,
      0,
      2 ** -24,
      1.00390625,
      1.01171875,
      1.001953125,
      0,
      -0,
      Number.NaN,
      infinite,
      0,
      0,
      infinite,
      infinite,
    ],
    BF16: [
      0.333984375,
      -2,
      65536,
      65536,
      -998244352,
      infinite,
      3.3895313892515355e38,
      1.0011717677116394e-7,
      2.9802322387695312e-8,
      2.9802322387695312e-8,
      2.9802322387695312e-8,
      1,
      1.015625,
      1,
      0,
      -0,
      Number.NaN,
      infinite,
      9.183549615799121e-41,
      1.1754943508222875e-38,
      3.3895313892515355e38,
      3.3895313892515355e38,
    ],
  } as const
  it.each(['F16', 'BF16'] as const)('to %s is what torch does', (dtype) => {
    expect(inputs.map(roundTo(dtype))).toEqual(cases[dtype])
  })

  it.each(['F16', 'BF16'] as const)('keeps every code of %s, and takes ties to the even one', (dtype) => {
    const codes = Uint16Array.from({ length: 65_536 }, (_, code) => code)
    const numbers = doublesOf(new Uint8Array(codes.buffer), dtype) as Float64Array
    const round = roundTo(dtype)
    expect(Array.from(numbers, round)).toEqual(Array.from(numbers))
    for (let code = 0; code < 0x7bff; code++) {
      const [low, high] = [numbers[code] as number, numbers[code + 1] as number]
      const even = code % 2 === 0 ? low : high
      if (round((low + high) / 2) !== even) expect({ code, to: round((low + high) / 2) }).toBe(even)
    }
  })
})

it('takes the first of two 4-bit values from the low bits, and complex ones as pairs', () => {
  expect([...(doublesOf(Uint8Array.of(0x21, 0xf0), 'F4') as Float64Array)]).toEqual([0.5, 1, 0, -6])
  expect([...(doublesOf(Uint8Array.of(0, 0x3c, 0, 0xc0), 'C32') as Float64Array)]).toEqual([1, -2])
  expect(doublesOf(new Uint8Array(18), 'Q4_0')).toBeNull()
})
