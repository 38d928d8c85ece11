import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import { open } from '../../../src/node.ts'
import { fixtureBytes, readBytes } from './open.ts'

// Files of fixtures/generate/torch_files.py: `expected.json.gz` is what the live objects were. Their bytes are
// compared in test/values/digests.test.ts.

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly kind: string | null
  readonly requires_grad: boolean | null
}

interface Expected {
  readonly format: string
  readonly stateDicts: Readonly<Record<string, readonly Entry[]>>
  readonly ties?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, string>>
  /** Of the state dict at the top: entries that are no tensors. */
  readonly entryValues?: Readonly<Record<string, string>>
  readonly roles?: Readonly<Record<string, string>>
  readonly producer?: string
  /** Kinds and flags are all in the file. */
  readonly declared?: true
  /** The file has more entries, or another order. */
  readonly unordered?: true
  readonly plainWeights?: false
}

const folder = new URL('../../../fixtures/torch/', import.meta.url)
/** torch 2.15 wrote it and fails to load it: its storages of new types are untyped. */
const notLoaded = new Set(['torch-2.15/dtypes-legacy.pt'])
const versions = readdirSync(folder).filter((name) => name.startsWith('torch-'))

test('files of two versions of torch are there', () => {
  expect(versions.sort()).toEqual(['torch-1.13', 'torch-2.15'])
})

describe.each(versions)('%s', (version) => {
  const { files } = JSON.parse(
    gunzipSync(readFileSync(new URL(`${version}/expected.json.gz`, folder))).toString(),
  ) as {
    files: Record<string, Expected>
  }

  test('every file has what is expected of it', () => {
    const names = readdirSync(new URL(version, folder)).filter((name) => name !== 'expected.json.gz')
    expect(names.sort()).toEqual(Object.keys(files).sort())
  })

  describe.each(Object.entries(files))('%s', (name, expected) => {
    const bytes = fixtureBytes(`torch/${version}/${name}`)
    const read = () => readBytes(bytes, name)

    test('has its tensors', async () => {
      const { stateDicts, format } = await read()
      expect(format).toBe(expected.format)
      for (const [path, entries] of Object.entries(expected.stateDicts)) {
        const found = stateDicts.find((one) => one.path === path)
        const tensors = found?.tensors ?? []
        const facts = tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))
        const wanted = entries.map(({ name, dtype, shape }) => ({ name, dtype, shape }))
        if (expected.unordered) expect(facts).toEqual(expect.arrayContaining(wanted))
        else expect(facts).toEqual(wanted)
        if (expected.ties !== undefined)
          expect(
            Object.fromEntries(
              tensors.filter((one) => one.tiedTo !== null).map((one) => [one.name, one.tiedTo]),
            ),
          ).toEqual(expected.ties)
      }
    })

    test('tells kinds and flags as they were, where it claims to know', async () => {
      const checkpoint = await read()
      const report = inspectCheckpoint(checkpoint, { path: name })
      for (const [path, entries] of Object.entries(expected.stateDicts)) {
        const found = report.stateDicts.find((one) => one.path === path)
        for (const entry of entries) {
          const tensor = found?.tensors.find((one) => one.name === entry.name)
          if (tensor === undefined || entry.kind === null) continue
          const says = `${entry.name} ${tensor.kind} ${tensor.kindLevel}: ${tensor.kindReason}`
          if (tensor.kindLevel !== 'assumed')
            expect(`${entry.name} ${tensor.kind}`, says).toBe(`${entry.name} ${entry.kind}`)
          // A plain tensor among Parameter records is a buffer, or was put there by hand.
          const isPlain = tensor.kindReason.startsWith('its record, a plain tensor')
          // So may a Parameter be registered as a buffer, and its record is the same.
          const isRecord = tensor.kindReason.startsWith('its Parameter record')
          if (expected.declared && !isPlain && !isRecord) expect(tensor.kindLevel, says).toBe('declared')
          if (entry.requires_grad === null || tensor.trainable === 'unknown') continue
          if (tensor.trainableLevel === 'declared' || tensor.trainableLevel === 'deduced')
            expect(`${entry.name} ${tensor.trainable}`).toBe(
              `${entry.name} ${entry.requires_grad ? 'yes' : 'no'}`,
            )
        }
      }
    })

    test('says what else is in it', async () => {
      const { values, producer, pickle, stateDicts, findings } = await read()
      for (const [path, value] of Object.entries(expected.values ?? {})) expect(values?.get(path)).toBe(value)
      const [main] = stateDicts
      if (expected.entryValues !== undefined)
        expect(
          Object.fromEntries((main?.values ?? []).map(({ name, description }) => [name, description])),
        ).toEqual(expected.entryValues)
      if (expected.producer !== undefined) expect(producer).toBe(expected.producer)
      if (expected.roles !== undefined)
        expect(Object.fromEntries(stateDicts.map(({ path, role }) => [path, role]))).toMatchObject(
          expected.roles,
        )
      if (pickle !== undefined) expect(pickle.plainWeights).toBe(expected.plainWeights ?? true)
      const errors = findings.filter(({ level }) => level === 'error')
      expect(errors.map(({ rule }) => rule)).toEqual(
        notLoaded.has(`${version}/${name}`) ? ['torch/refused'] : [],
      )
    })
  })
})

test('a tensor class called with a view of a storage makes a tensor of the view', async () => {
  const { stateDicts } = await readBytes(fixtureBytes('torch/tensor-of-view.pth'), 'tensor-of-view.pth')
  const tensor = stateDicts[0]?.tensors.find(({ name }) => name === 'x.y')
  expect([tensor?.dtype, tensor?.shape]).toEqual(['I64', [2]])
})

test('a view under the key of its storage is told to be another to torch, which takes the storage', async () => {
  const { findings } = await readBytes(fixtureBytes('torch/view-under-key.pth'), 'view-under-key.pth')
  expect(findings.map(({ rule }) => rule)).toContain('torch/unfollowed')
})

test('a view of a storage begins where elements of the storage say, whatever type the tensor has', async () => {
  const checkpoint = await open('fixtures/torch/view-of-other-type.pth')
  const bytes: number[] = []
  for await (const window of checkpoint.values('x.y')) bytes.push(...window.bytes)
  await checkpoint.close()
  expect(bytes).toEqual([8090 & 255, 8090 >> 8])
})
