import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareReports } from '../../src/compare/compare-reports.ts'
import { patternOf } from '../../src/evidence/patterns/index.ts'
import { numbersFor } from '../../src/evidence/patterns/pattern.ts'
import { explain } from '../../src/explain.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { driftOf } from '../../src/lock/drift.ts'
import { lockCheckpoint } from '../../src/lock/lock-checkpoint.ts'
import { parseLock } from '../../src/lock/parse-lock.ts'
import { lockLines } from '../../src/lock/write-lock.ts'
import type { Report, TensorReport } from '../../src/model/report.ts'
import { inspect, inspectPath, memorySource, open, openPaths } from '../../src/node.ts'
import { numbersOf } from '../../src/values/small-values.ts'
import { Distance } from '../helpers/distance.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'

const folder = 'fixtures/value-tables'
const trained = `${folder}/trained.safetensors`
const fresh = `${folder}/fresh.safetensors`

// fixtures/generate/value_tables.py names each tensor by what its values are.
const tables = await open(packedFixture('fixtures/value-tables/tables.safetensors'))

describe('values that torch makes', () => {
  it.each(tables.tensors.map(({ name }) => name))('are told apart: %s', async (name) => {
    const { dtype, shape } = tables.tensors.find((one) => one.name === name) ?? {}
    const values: number[] = []
    for await (const { bytes } of tables.values(name))
      values.push(...(numbersOf(bytes, dtype as 'F32') as number[]))
    const numbers = numbersFor(Float64Array.from(values), shape ?? [], dtype ?? null)
    expect((numbers && patternOf(numbers))?.id ?? 'none').toBe(name.split('.')[0])
  })
})

const tensorsOf = (report: Report): Map<string, TensorReport> =>
  new Map(report.stateDicts.flatMap(({ tensors }) => tensors.map((tensor) => [tensor.name, tensor])))
const kindsOf = (report: Report): Record<string, string> =>
  Object.fromEntries([...tensorsOf(report)].map(([name, tensor]) => [name, tensor.kind]).sort())
const byValues = (report: Report): string[] =>
  [...tensorsOf(report)]
    .filter(([, one]) => one.kindWithoutValues !== undefined)
    .map(([name]) => name)
    .sort()

// The live model's, from value_tables.py.
const truth = {
  bank: 'buffer',
  blocked: 'buffer',
  'encoder.bias': 'parameter',
  'encoder.weight': 'parameter',
  'head.bias': 'parameter',
  'head.weight': 'parameter',
  mixing: 'parameter',
  'norm.bias': 'parameter',
  'norm.weight': 'parameter',
  offset: 'parameter',
  ramp: 'buffer',
  shape: 'buffer',
}

describe('a model that was trained', () => {
  it.each([trained, `${folder}/trained.pt`, `${folder}/sharded`])(
    'shows by its values which tensors are buffers: %s',
    async (path) => {
      const report = await inspectPath(path)
      expect(kindsOf(report)).toEqual(truth)
      expect(tensorsOf(report).get('blocked')).toMatchObject({
        kindLevel: 'recognised',
        kindReason: 'its values are infinite in part, as masks and bounds are',
        kindWithoutValues: 'parameter',
      })
      expect(tensorsOf(report).get('bank')?.kindReason).toContain('a bank of filters')
      // What did not change its look in training is no parameter, and what did may be one.
      expect(byValues(report)).toEqual(expect.arrayContaining(['bank', 'blocked', 'ramp', 'shape']))
      expect(report.stateDicts[0]?.totals.buffers.tensors).toBe(4)
    },
  )

  it('is not looked at where nobody may', async () => {
    const report = await inspectPath(trained, { smallValues: 'never' })
    expect(byValues(report)).toEqual([])
    expect(kindsOf(report)).toMatchObject({ blocked: 'parameter', bank: 'parameter' })
  })

  it('gives the library of a browser the same answers', async () => {
    const bytes = new Uint8Array(readFileSync(trained))
    const kinds = (report: Report) =>
      [...tensorsOf(report).values()].map(({ name, kind, kindReason }) => [name, kind, kindReason])
    const expected = kinds(await inspectPath(trained))
    expect(kinds(await inspect(memorySource(bytes, 'm.safetensors')))).toEqual(expected)
    const opened = await open(trained)
    expect(kinds(opened.report)).toEqual(expected)
    await opened.close()
  })

  it('is explained with the look of its values', async () => {
    for await (const opened of openPaths([trained])) {
      if ('error' in opened) throw opened.error
      const [stateDict] = opened.checkpoint.stateDicts
      if (stateDict === undefined) throw new Error('no state dict')
      const [explained] = explain(opened.checkpoint, stateDict, (name) => name === 'shape')
      expect(explained?.claims[0]).toMatchObject({
        answer: 'buffer',
        source: 'values',
        reason:
          'a guess by its values and its name: they are a symmetric window, which rises to its middle and falls',
        won: true,
      })
      // Whoever is told more than the file says hears all of it again.
      const said = inspectCheckpoint(opened.checkpoint, { path: trained, parameter: ['shape'] })
      expect(tensorsOf(said).get('shape')).toMatchObject({ kind: 'parameter', kindLevel: 'declared' })
      expect(tensorsOf(said).get('bank')?.kind).toBe('buffer')
    }
  })
})

describe('a model as it was made', () => {
  it('is left as its names say: its parameters are as regular as tables', async () => {
    const report = await inspectPath(fresh)
    expect(byValues(report)).toEqual([])
    expect(kindsOf(report)).toEqual(kindsOf(await inspectPath(fresh, { smallValues: 'never' })))
  })
})

describe('values and what is agreed of a layout', () => {
  const text = (report: Report): string =>
    [...lockLines({ checkpoints: [lockCheckpoint(report, { path: 'm' })] })].join('\n')

  it('write the same lock, whether they were seen or not, and at every step of training', async () => {
    const seen = text(await inspectPath(trained))
    expect(text(await inspectPath(trained, { smallValues: 'never' }))).toBe(seen)
    expect(text(await inspectPath(fresh))).toBe(seen)
  })

  it('do not drift from a lock', async () => {
    const { checkpoints } = parseLock(text(await inspectPath(fresh)))
    expect(driftOf(checkpoints[0] as (typeof checkpoints)[0], await inspectPath(trained))).toEqual([])
  })

  it('are no change from one step of training to another', async () => {
    const [a, b] = [await inspectPath(fresh), await inspectPath(trained)]
    expect(kindsOf(a)).not.toEqual(kindsOf(b))
    expect(compareReports(a, b).changes).toEqual([])
  })
})

describe('a model at a distance', () => {
  const bytes = new Uint8Array(readFileSync(trained))

  it('is answered from its header', async () => {
    const far = new Distance()
    const report = await inspect(far.source(bytes, 'm.safetensors'))
    expect(byValues(report)).toEqual([])
    expect(far.rounds).toHaveLength(1)
  })

  it('takes a round more where values are asked for', async () => {
    const far = new Distance()
    const report = await inspect(far.source(bytes, 'm.safetensors'), { smallValues: 'always' })
    expect(kindsOf(report)).toEqual(truth)
    // The first read has all of a small file.
    expect(far.rounds.length).toBeLessThanOrEqual(2)
  })
})

describe('limits of what is looked at', () => {
  it('hold for a tensor and for all of them', async () => {
    const report = await inspectPath(trained, { limits: { evidenceValueBytes: 143 } })
    expect(byValues(report)).not.toContain('bank')
    expect(byValues(report)).not.toContain('blocked')
    expect(byValues(await inspectPath(trained, { limits: { evidenceValueBytesInAll: 0 } }))).toEqual([])
  })
})
