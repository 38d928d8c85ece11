import { expect, test } from 'vitest'
import { type DType, dtypes } from '../../../src/model/tensors/dtype.ts'
import { quantilePoints } from '../../../src/model/values/statistics.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { loadSimd } from '../../../src/values/statistics/simd-kernels.ts'
import { summaryOf } from '../../../src/values/statistics/summary.ts'
import { stateText } from './state-text.ts'

const simd = await loadSimd()

/** What both kernels say of the values, which has to be the same. */
function summaryIn(dtype: DType, values: ArrayBufferView): ReturnType<typeof summaryOf> {
  const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)
  const elements = (bytes.length * 8) / dtypes[dtype].bits
  const [plain, fast] = [portableKernel(dtype, elements), simd?.kernel(dtype, elements)].map((kernel) => {
    kernel?.add(bytes)
    return kernel?.finish()
  })
  if (plain === undefined || fast === undefined) throw new Error('there is no kernel')
  expect(stateText(fast)).toBe(stateText(plain))
  return summaryOf(fast, dtype)
}

/** The least value at or below which so much of all is: NumPy's `inverted_cdf`. */
function quantile<T>(sorted: readonly T[], point: string): T {
  return sorted[Math.max(0, Math.ceil((Number(point) * 1_000 * sorted.length) / 1_000) - 1)] as T
}

/** Numbers below 2^32, the same in every run. */
function* random(): Generator<number> {
  let state = 12_345
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state
  }
}

function taken(count: number): number[] {
  const numbers: number[] = []
  for (const number of random()) if (numbers.push(number) === count) break
  return numbers
}

test.each([
  ['of every size below the normal ones', (i: number, unit: number) => unit * 2 ** -(1_022 + (i % 50))],
  ['below 2^-1028', (_: number, unit: number) => unit * 2 ** -1_030],
  ['of a few units in the last place', (i: number) => (i % 9) * 2 ** -1_074],
  ['about the smallest normal one', (_: number, unit: number) => (0.9 + unit / 5) * 2 ** -1_022],
])('quantiles of doubles %s are within 1/128 of their value', (_, make) => {
  const values = Float64Array.from(
    taken(1_000),
    (number, i) => make(i, number / 2 ** 32) * (i % 3 === 0 ? -1 : 1),
  )
  const { quantiles, quantileError, zeros, octaves } = summaryIn('F64', values)
  const sorted = [...values].sort((a, b) => a - b)
  expect(quantileError).toBe(1 / 128)
  for (const point of quantilePoints) {
    const value = quantile(sorted, point)
    expect(Math.abs(Number(quantiles?.[point]) - value), point).toBeLessThanOrEqual(Math.abs(value) / 128)
  }
  expect(zeros).toBe(values.filter((value) => value === 0).length)
  for (const [power, negative, positive] of octaves ?? []) {
    const isIn = (value: number) => value >= 2 ** power && value < 2 ** (power + 1)
    expect(positive).toBe(values.filter(isIn).length)
    expect(negative).toBe(values.filter((value) => isIn(-value)).length)
  }
})

test.each(['I32', 'U32', 'I64', 'U64'] as const)(
  'quantiles of integers below 128,000 are exact: %s',
  (dtype) => {
    const isSigned = dtype.startsWith('I')
    const numbers = taken(3_000).map((number) => (number % 127_999) * (isSigned && number % 2 === 0 ? -1 : 1))
    const make = { I32: Int32Array, U32: Uint32Array }[dtype as 'I32']
    const values =
      make === undefined
        ? (isSigned ? BigInt64Array : BigUint64Array).from(numbers.map(BigInt) as never)
        : make.from(numbers)
    const { quantiles, quantileError } = summaryIn(dtype, values)
    const sorted = [...numbers].sort((a, b) => a - b)
    expect(quantileError).toBe(0)
    for (const point of quantilePoints) expect(quantiles?.[point], point).toBe(quantile(sorted, point))
  },
)

test('quantiles of larger integers are within 1/128 of their value', () => {
  const numbers = taken(3_000).map((number, i) => {
    const large = BigInt(number) << BigInt(i % 32)
    return i % 3 === 0 ? -large : large
  })
  // The last cell, and what stands next to those that have one each.
  numbers.push(2n ** 63n - 1n, -(2n ** 63n), 127_999n, 128_000n, -127_999n, -128_000n)
  const { quantiles, quantileError } = summaryIn('I64', BigInt64Array.from(numbers))
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : 1))
  expect(quantileError).toBe(1 / 128)
  for (const point of quantilePoints) {
    const value = Number(quantile(sorted, point))
    expect(Math.abs(Number(quantiles?.[point]) - value), point).toBeLessThanOrEqual(Math.abs(value) / 128)
  }
  expect(summaryIn('U64', BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n - 1n, 1n)).octaves).toEqual([
    [0, 0, 1],
    [62, 0, 1],
    [63, 0, 1],
  ])
  const unsigned = BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 64n - 2n, 3n)
  expect(summaryIn('U64', unsigned).quantiles).toMatchObject({ '0.001': 3, '0.999': 2n ** 64n - 1n })
})
