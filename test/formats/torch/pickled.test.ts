import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type OpenCheckpoint, open } from '../../../src/node.ts'
import { inspectFixture } from './open.ts'

const folder = 'fixtures/torch/pickled'
// fixtures/generate/pickled.py: of the live tensors.
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))

async function contentsOf(checkpoint: OpenCheckpoint) {
  return Promise.all(
    checkpoint.tensors.map(async ({ name, shape }) => {
      const hash = createHash('sha256')
      for await (const { bytes } of checkpoint.values(name)) hash.update(bytes)
      return { name, shape, sha256: hash.digest('hex') }
    }),
  )
}

describe("tensors in Python's own pickle", () => {
  test.each(['state-dict', 'module'])('have their shapes and values: %s', async (name) => {
    await using checkpoint = await open(`${folder}/${name}.pkl`)
    const found = await contentsOf(checkpoint)
    const byName = (all: readonly { name: string }[]) => [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(byName(found)).toEqual(byName(expected))
  })

  test('have their shapes in a protocol that writes bytes as text', async () => {
    const [stateDict] = (await inspectFixture('torch/pickled/protocol-2.pkl')).stateDicts
    expect(stateDict?.tensors.map(({ name, shape }) => [name, shape])).toEqual(
      expected.map(({ name, shape }: (typeof expected)[number]) => [name, shape]),
    )
  })

  test('need code to be loaded, which is not dangerous', async () => {
    const { pickle } = await inspectFixture('torch/pickled/state-dict.pkl')
    const loader = pickle?.imports.filter(({ name }) => name === 'torch.storage._load_from_bytes')
    expect(loader).toMatchObject([{ allowed: false, dangerous: false }])
  })
})

// torch/storage.py, _load_from_bytes: torch.load(io.BytesIO(b), weights_only=False) of whatever it is given.
describe('bytes that torch loads as something else than a storage', () => {
  test.each(['archive', 'old-file', 'trailing'])('are dangerous: %s', async (name) => {
    const { findings, pickle } = await inspectFixture(`torch/pickled/${name}.pkl`)
    expect(pickle?.imports.filter(({ dangerous }) => dangerous).map(({ name }) => name)).toContain(
      'torch.storage._load_from_bytes',
    )
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'security/pickle-globals', level: 'error' }),
    )
  })
})

describe('a dict of NumPy arrays that torch.save wrote, and no tensor', () => {
  test('lists them, with their values', async () => {
    await using checkpoint = await open(`${folder}/arrays.pt`)
    const found = await contentsOf(checkpoint)
    expect(found).toEqual(expected)
    expect(checkpoint.report.findings.map(({ rule }) => rule)).not.toContain('torch/no-tensors')
  })
})

describe('an optimizer that was pickled itself', () => {
  // fixtures/generate/pickled.py asks torch for state_dict() of the live one.
  test('is what its state_dict() is, under the numbers of its parameters', async () => {
    const { stateDicts, findings } = await inspectFixture('torch/pickled/optimizer.pt')
    const [optimizer] = stateDicts
    expect(optimizer?.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['state.0.momentum_buffer', [1]],
      ['state.1.momentum_buffer', [1, 2]],
    ])
    expect(optimizer?.savedAs?.groups?.map(({ parameters }) => parameters)).toEqual([1, 1])
    // Its parameters are those of a model that is not in the file.
    expect(findings.filter(({ rule }) => rule === 'torch/unlisted-tensors')).toMatchObject([
      { message: 'the pickle builds 2 tensors that no state dict lists, at "state"' },
    ])
  })
})
