import { describe, expect, test } from 'vitest'
import { checkpointOf, readTruth } from '../../scripts/accuracy/truth.ts'
import { checkCheckpoint } from '../../src/check/run.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'

describe('a sound model of a library', () => {
  const models = [...readTruth('fixtures/truth')]

  test.each(models.map((model) => [`${model.library} ${model.model}`, model] as const))(
    '%s: no rule finds an error',
    (_, model) => {
      for (const view of ['ordered', 'dropped'] as const) {
        const checkpoint = checkpointOf(model, view)
        const { findings } = checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path: 'model' }))
        expect(findings.filter(({ level }) => level === 'error')).toEqual([])
      }
    },
  )
})

describe('names that models have on purpose', () => {
  const told = (entries: Parameters<typeof entry>[]): string[] => {
    const model = {
      library: '',
      model: '',
      modules: {},
      entries: entries.map((of) => entry(...of)),
    }
    const checkpoint = checkpointOf(model, 'ordered')
    return checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path: 'model' })).findings.map(
      ({ level, rule }) => `${level} ${rule}`,
    )
  }
  const entry = (name: string, shape: readonly number[]) => ({
    name,
    dtype: 'F32' as const,
    shape,
    kind: 'parameter' as const,
    requiresGrad: true,
    tie: -1,
  })

  test('a token that begins every text and is never answered (Moshi, ImageGPT) is no error', () => {
    const rows = (embedding: number, head: number) =>
      told([
        ['model.embed_tokens.weight', [embedding, 8]],
        ['lm_head.weight', [head, 8]],
      ])
    expect(rows(32001, 32000)).toEqual(['warning contents/head-rows'])
    expect(rows(32000, 32001)).toEqual(['error contents/head-rows'])
    expect(rows(32010, 32000)).toEqual(['error contents/head-rows'])
  })

  test('one empty tensor that keeps a device (torchrl) is no error', () => {
    expect(told([['_empty_tensor_device', [0]]])).toEqual(['warning contents/empty-tensors'])
  })
})
