import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ValueStatistics } from '../../../src/model/values/statistics.ts'
import { open } from '../../../src/node.ts'
import { packedFixture } from '../../helpers/packed-fixture.ts'

// What exact fractions, NumPy and torch make of the same values: fixtures/generate/statistics.py.

const folder = fileURLToPath(new URL('../../../fixtures/statistics/', import.meta.url))
type Expected = Record<string, unknown> & { std: number | null; quantiles?: Record<string, number | string> }
const cases: { tensors: Record<string, Expected> } = JSON.parse(
  brotliDecompressSync(readFileSync(`${folder}cases.json.br`)).toString(),
)
const complex: Record<string, Expected> = JSON.parse(readFileSync(`${folder}complex.json`, 'utf8'))

async function statisticsIn(file: string): Promise<ReadonlyMap<string, ValueStatistics>> {
  const checkpoint = await open(file)
  try {
    const { tensors, coverage } = await checkpoint.statistics()
    expect(coverage).toMatchObject({ state: 'complete', uncovered: [] })
    return new Map(tensors.map(({ name, values }) => [name, values]))
  } finally {
    await checkpoint.close()
  }
}

/** As JSON has them: integers beyond doubles as text. */
const plain = (value: unknown) => (typeof value === 'bigint' ? String(value) : value)

const reals = await statisticsIn(packedFixture('fixtures/statistics/cases.safetensors'))
const complexes = await statisticsIn(`${folder}complex.pt`)

describe.each(Object.entries(cases.tensors))('%s', (name, { std, l2, quantiles, ...expected }) => {
  const found = reals.get(name) as ValueStatistics

  it('has the counts, the extremes and the mean of the reference', () => {
    const same = Object.fromEntries(
      Object.keys(expected).map((key) => [key, plain(found[key as keyof ValueStatistics])]),
    )
    expect(same).toEqual(expected)
  })

  it('has the deviation and the norm of the reference within 1e-12', () => {
    expectNear(found.std, std)
    expectNear(found.l2, typeof l2 === 'string' ? Number(l2) : (l2 as number | null))
  })

  it('has quantiles as near as it says', () => {
    if (quantiles === undefined) return
    for (const [point, value] of Object.entries(quantiles)) {
      const own = found.quantiles?.[point as keyof typeof found.quantiles]
      const error = Math.abs(Number(own) - Number(value))
      const most = Math.abs(Number(value)) * (found.quantileError as number)
      expect(error, `${point}: ${own} for ${value}`).toBeLessThanOrEqual(most)
    }
  })
})

describe.each(Object.entries(complex))('complex %s', (name, { std, l2, absMax, ...expected }) => {
  it('has what NumPy and exact fractions say', () => {
    const found = complexes.get(name) as ValueStatistics
    expect(found).toMatchObject(expected)
    expectNear(found.std, std)
    expectNear(found.l2, l2 as number)
    expectNear(Number(found.absMax), absMax as number)
  })
})

function expectNear(found: number | null, expected: number | null): void {
  if (found === expected) return
  expect(Math.abs((found as number) - (expected as number)) / Math.abs(expected as number)).toBeLessThan(
    1e-12,
  )
}
