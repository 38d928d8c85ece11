import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { OpenAsked } from '../../src/cli/pages/browse-asked.ts'
import { isSdinspectError } from '../../src/errors.ts'
import { explain } from '../../src/explain.ts'
import { type OpenCheckpoint, open } from '../../src/node.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const { signal } = new AbortController()

/** A checkpoint as if it had come from the Hub. */
function far(opened: OpenCheckpoint): OpenCheckpoint {
  const origin = { from: 'hub', repository: 'org/model', revision: null, commit: '0'.repeat(40) }
  return new Proxy(opened, {
    get(target, key) {
      if (key === 'report') return { ...target.report, origin }
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as OpenCheckpoint
}

describe('what is told of a tensor in browse', () => {
  test.each([
    'cnn.safetensors',
    'bert',
    'gptq',
    'kohya_lora.safetensors',
    'manifest.json',
    'torch/with_optimizer.pt',
    'torch/module.pt',
  ])('is what why tells of it, and stats: %s', async (name) => {
    await using opened = await open(`${fixtures}${name}`)
    const said = { frozen: ['**.weight'] }
    const asked = new OpenAsked(opened, said)
    for (const stateDict of opened.checkpoint.stateDicts) {
      const { path, tensors } = stateDict
      expect(asked.explain(path, 0)).toBeNull()
      asked.collect(path)
      const told = explain(opened.checkpoint, stateDict, () => true, said)
      for (let index = 0; index < tensors.length; index++)
        expect(asked.explain(path, index)).toEqual(told[index])
      const { tensors: all } = await opened.statistics({ stateDict: path })
      for (let index = 0; index < tensors.length; index += 7) {
        const own = tensors.at(index)?.name
        const wanted = all.filter((each) => each.name === own)
        // Alone, it is the first of those that it is tied to.
        const found = wanted.length === 0 ? null : await asked.statistics(path, index, signal)
        expect(found?.map(({ values }) => values) ?? []).toEqual(wanted.map(({ values }) => values))
      }
    }
  })

  test('says where the bytes are', async () => {
    await using opened = await open(`${fixtures}cnn.safetensors`)
    const asked = new OpenAsked(opened, {})
    const { values } = opened.tensors.at(3) ?? {}
    const chunk = typeof values === 'object' ? values.chunks[0] : undefined
    expect(asked.placesOf('', 3)).toEqual([
      `cnn.safetensors: ${chunk?.length.toLocaleString('en-US')} bytes from ${chunk?.offset.toLocaleString('en-US')}`,
    ])
  })

  test('fetches values at a distance when it is asked twice', async () => {
    await using opened = await open(`${fixtures}cnn.safetensors`)
    const asked = new OpenAsked(far(opened), {})
    const error = await asked.statistics('', 0, signal).catch((thrown: unknown) => thrown)
    expect(isSdinspectError(error) && error.message).toMatch(/^press v again to fetch .* bytes?$/)
    expect(await asked.statistics('', 0, signal)).toHaveLength(1)
  })

  test('says why there are no values to read', async () => {
    await using opened = await open(`${fixtures}manifest.json`)
    const asked = new OpenAsked(opened, {})
    await expect(asked.statistics('', 0, signal)).rejects.toThrow(/values/)
  })
})
