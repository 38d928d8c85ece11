import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readZip } from '../../../src/codec/zip.ts'
import { readCheckpoint } from '../../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import { defaultLimits } from '../../../src/limits.ts'
import type { Report } from '../../../src/model/report.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { memoryPlace } from '../../../src/source/memory-place.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { fixtureBytes, inspectFixture, readBytes, truthOf } from './open.ts'

/** Entries of the truth as the file has them; a program lists non-persistent buffers that no state dict has. */
function expectTruth(report: Report, name: string) {
  const [main] = report.stateDicts
  const found = new Map(main?.tensors.map((tensor) => [tensor.name, tensor]))
  for (const entry of truthOf(name).entries)
    expect(found.get(entry.name)).toMatchObject({
      dtype: entry.dtype,
      shape: entry.shape,
      kind: entry.kind,
      kindLevel: 'declared',
      trainable: entry.requires_grad ? 'yes' : 'no',
      trainableLevel: 'declared',
    })
  return [...found.keys()].filter((one) => !truthOf(name).entries.some((entry) => entry.name === one))
}

describe('TorchScript', () => {
  test('declares parameters, buffers and what trains, traced', async () => {
    const report = await inspectFixture('torch/traced.ts.pt')
    expect(report.format).toBe('torchscript')
    expect(expectTruth(report, 'torch/traced.ts.pt')).toEqual(['head.scratch'])
  })

  test('declares parameters, buffers and what trains, scripted', async () => {
    const report = await inspectFixture('torch/scripted.ts.pt')
    expect(expectTruth(report, 'torch/scripted.ts.pt')).toEqual(['scratch'])
    expect(report.stateDicts[0]?.modules.find(({ path }) => path === 'norm')?.classes).toEqual(['LayerNorm'])
  })

  test('lists entries as state_dict() orders them: own tensors, then children', async () => {
    const [main] = (await inspectFixture('torch/scripted.ts.pt')).stateDicts
    expect(main?.tensors.map(({ name }) => name)).toEqual([
      'temperature',
      'scratch',
      'norm.weight',
      'norm.bias',
      'fc.weight',
      'fc.bias',
    ])
  })

  test('warns of no Python class: its names are those of the archive', async () => {
    const { findings, pickle } = await inspectFixture('torch/traced.ts.pt')
    expect(findings).toEqual([])
    expect(pickle?.plainWeights).toBe(false)
  })
})

describe('an exported program', () => {
  test('declares everything', async () => {
    const report = await inspectFixture('torch/exported.pt2')
    expect(report.format).toBe('torch-export')
    expect(expectTruth(report, 'torch/exported.pt2')).toEqual([])
  })

  test('keeps the buffers that no state dict has apart', async () => {
    const report = await inspectFixture('torch/exported.pt2')
    expect(report.stateDicts[1]).toMatchObject({ path: 'constants', role: 'other' })
    expect(report.stateDicts[1]?.tensors).toMatchObject([
      { name: 'scratch', kind: 'buffer', kindReason: expect.stringContaining('signature') },
    ])
  })
})

describe('payloads of an exported program', () => {
  // torch/export/pt2_archive/_package.py, load_pt2: it goes by the configs, and looks at nothing else.
  test('belong to no tensor where no config names them', async () => {
    const bytes = fixtureBytes('torch/exported.pt2')
    const source = memorySource(bytes)
    const { entries } = await readZip(source.size, source.read, defaultLimits)
    const stored = entries.map(({ name, offset, bytes: size }) => ({
      name,
      data: bytes.subarray(offset, offset + size),
    }))
    const unused = async (more: readonly { readonly name: string; readonly data: Uint8Array }[]) => {
      const { findings } = await readBytes(zipBytes([...stored, ...more]), 'exported.pt2')
      return findings.flatMap(({ rule, args }) => (rule === 'torch/unused-storage' ? [args] : []))
    }
    expect(await unused([])).toEqual([])
    const payloads = ['weights/weight_9', 'constants/tensor_9'].map((name) => ({
      name: `exported/data/${name}`,
      data: new Uint8Array(32),
    }))
    expect(await unused(payloads)).toEqual([{ count: 2, bytes: 64 }])
  })
})

describe('a folder of torch.distributed.checkpoint', () => {
  const files = (without?: string, of = 'dcp') => {
    const folder = new URL(`../../../fixtures/torch/${of}/`, import.meta.url)
    return new Map(
      readdirSync(folder)
        .filter((name) => name !== without)
        .map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
    )
  }
  const read = async (contents: ReadonlyMap<string, Uint8Array>) => {
    const place = memoryPlace(contents, 'dcp')
    const checkpoint = await readCheckpoint(await place.open('.metadata'), { limits: defaultLimits, place })
    return inspectCheckpoint(checkpoint, { path: 'dcp' })
  }

  test('is read from its .metadata', async () => {
    const report = await read(files())
    const [main] = report.stateDicts
    expect(report.format).toBe('torch-distributed')
    expect(report.findings).toEqual([])
    expect(main?.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(
      truthOf('torch/dcp').entries.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    )
    expect(main?.tensors.filter(({ trainable }) => trainable === 'yes')).toEqual([])
  })

  test('says when a file of values is missing or cut off', async () => {
    const rules = (report: Report) => report.findings.map(({ rule, level }) => [rule, level])
    expect(rules(await read(files('__0_0.distcp')))).toEqual([['torch-distributed/missing-file', 'error']])
    const short = files()
    short.set('__0_0.distcp', new Uint8Array(1000))
    expect(rules(await read(short))).toEqual([['torch-distributed/short-file', 'error']])
  })
  test('says of values that are compressed that they are not read', async () => {
    const { findings } = await read(files(undefined, 'dcp-zstd'))
    expect(findings).toMatchObject([
      { rule: 'torch/unread-member', level: 'error', message: expect.stringContaining('"extra.step"') },
    ])
  })

  test('says of places that it does not know that what is there is not read', async () => {
    const changed = files()
    const metadata = Buffer.from(changed.get('.metadata') as Uint8Array)
    metadata.write('relative_PATH', metadata.indexOf('relative_path'))
    changed.set('.metadata', metadata)
    const { findings } = await read(changed)
    expect(findings.find(({ rule }) => rule === 'torch-distributed/chunks')).toMatchObject({
      level: 'error',
      message: expect.stringContaining('in storage_data are of a form that is not known'),
    })
  })
})
