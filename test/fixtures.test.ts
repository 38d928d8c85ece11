import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inspect } from '../src/inspect.ts'
import type { TensorReport } from '../src/model/report.ts'
import { inspectPath } from '../src/node.ts'
import { memorySource } from '../src/source/memory.ts'
import { packedOrPlain } from './helpers/packed-files.ts'

const folder = fileURLToPath(new URL('../fixtures', import.meta.url))

interface Truth {
  readonly entries: readonly {
    readonly name: string
    readonly dtype: string
    readonly shape: readonly number[]
    readonly kind: 'parameter' | 'buffer'
    readonly requires_grad: boolean
  }[]
  /** Weights that packed tensors stand for, and the plain parameters. */
  readonly logical_parameters?: number
}

const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.truth.json'))
  .map((name) => name.slice(0, -'.truth.json'.length))

/** What a file does not record, so that no reader can know it. */
const unrecorded: Record<string, { dtypes?: true; kinds?: readonly string[] }> = {
  // A lone float called temperature: nothing in these two files says that it is a buffer.
  'header.json': { kinds: ['head.temperature'] },
  'values.json': { dtypes: true, kinds: ['head.temperature'] },
  'training.json': { dtypes: true },
}

/** Files that say of each entry whether it requires grad. */
const declared = new Set(['manifest.json', 'live-manifest.json'])

describe.each(fixtures)('%s', (name) => {
  const truth: Truth = JSON.parse(readFileSync(`${folder}/${name}.truth.json`, 'utf8'))
  const missing = unrecorded[name] ?? {}

  const read = async () => {
    const path = `${folder}/${name}`
    const report = existsSync(path)
      ? await inspectPath(path)
      : await inspect(memorySource(packedOrPlain(`fixtures/${name}`), name))
    const [stateDict] = report.stateDicts
    if (stateDict === undefined) throw new Error('no state dict')
    return { report, stateDict, byName: new Map(stateDict.tensors.map((tensor) => [tensor.name, tensor])) }
  }
  const got = (byName: ReadonlyMap<string, TensorReport>, entry: string) => byName.get(entry) as TensorReport

  test('has exactly the entries of the live model, types and shapes included', async () => {
    const { stateDict } = await read()
    const shown = stateDict.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))
    const expected = truth.entries.map(({ name, dtype, shape }) => ({
      name,
      // Lists of true and false say what they are.
      dtype: missing.dtypes && dtype !== 'BOOL' ? null : dtype,
      shape,
    }))
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
    expect([...shown].sort(byName)).toEqual([...expected].sort(byName))
  })

  test('tells parameters from buffers as the live model does', async () => {
    const { byName } = await read()
    const wrong = truth.entries.filter((entry) => got(byName, entry.name).kind !== entry.kind)
    expect(wrong.map((entry) => entry.name)).toEqual(missing.kinds ?? [])
    for (const entry of wrong) expect(got(byName, entry.name).kindLevel).toBe('assumed')
  })

  test('says of trainability what the file records and claims nothing else', async () => {
    const { byName } = await read()
    for (const entry of truth.entries) {
      const { trainable, trainableLevel } = got(byName, entry.name)
      const known = entry.requires_grad ? 'yes' : 'no'
      if (declared.has(name))
        expect([entry.name, trainable, trainableLevel]).toEqual([entry.name, known, 'declared'])
      else if (trainable !== 'unknown' && !missing.kinds?.includes(entry.name))
        expect([entry.name, trainable]).toEqual([entry.name, known])
    }
  })

  test('adds up', async () => {
    const { report, stateDict } = await read()
    const { stored, parameters, buffers, other, tied } = stateDict.totals
    expect(parameters.tensors + buffers.tensors + other.tensors).toBe(stored.tensors)
    expect(stored.tensors + tied.tensors).toBe(truth.entries.length)
    expect(report.findings.filter((finding) => finding.level !== 'info')).toEqual([])
    if (truth.logical_parameters !== undefined)
      expect(stateDict.totals.logicalParameters).toBe(truth.logical_parameters)
  })
})
