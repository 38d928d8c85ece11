import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DType } from '../../../src/model/tensors/dtype.ts'
import { targetTypes } from '../../../src/model/values/statistics.ts'
import { codeTableOf } from '../../../src/values/statistics/code-table.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { flagOf, representableIn } from '../../../src/values/statistics/representable.ts'

// What torch and ml_dtypes say of every pattern: fixtures/generate/statistics.py.

const folder = new URL('../../../fixtures/statistics/', import.meta.url)
const small: Record<string, (number | string)[]> = JSON.parse(
  readFileSync(new URL('patterns.json', folder), 'utf8'),
)
const blob = new Uint8Array(gunzipSync(readFileSync(new URL('patterns-16.bin.gz', folder))))

/** By type of 16 bits: its values, and flags of the types that held them in a round trip. */
const wide = (['F16', 'BF16'] as const).map((dtype, i) => {
  const begin = i * 65_536 * 5
  return {
    dtype,
    values: new Float32Array(
      Uint8Array.from(
        { length: 65_536 * 4 },
        (_, at) => blob[begin + (at % 4) * 65_536 + (at >> 2)] as number,
      ).buffer,
    ),
    flags: blob.subarray(begin + 65_536 * 4, begin + 65_536 * 5),
  }
})

describe('every pattern', () => {
  it.each(Object.entries(small))('of %s stands for what ml_dtypes and torch say', (dtype, expected) => {
    expect(Array.from(codeTableOf(dtype as DType)?.values ?? [])).toEqual(expected.map(Number))
  })

  it.each(wide)('of $dtype stands for what torch says', ({ dtype, values }) => {
    const found = codeTableOf(dtype)?.values ?? new Float64Array()
    const wrong = Array.from(values.keys()).filter((code) => !Object.is(found[code], values[code]))
    expect(wrong).toEqual([])
  })

  it.each(wide)('of $dtype is held by the types from which torch gets it back', ({ values, flags }) => {
    const wrong = Array.from(values.keys()).filter(
      (code) => representableIn(values[code] as number) !== flags[code],
    )
    expect(wrong).toEqual([])
    expect(Object.keys(flagOf)).toEqual([...targetTypes])
  })

  it.each(wide)('of $dtype is counted once', ({ dtype, values }) => {
    const kernel = portableKernel(dtype, 65_536)
    kernel?.add(new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, code) => code).buffer))
    const finite = values.filter(Number.isFinite)
    const state = kernel?.finish()
    expect(state).toMatchObject({
      elements: 65_536,
      nan: values.filter(Number.isNaN).length,
      positiveInfinity: 1,
      negativeInfinity: 1,
      zeros: 2,
      min: finite.reduce((least, value) => Math.min(least, value)),
      max: finite.reduce((most, value) => Math.max(most, value)),
      sum: 0n,
    })
  })
})
