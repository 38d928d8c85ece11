import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyScore, type Score, scoreModel, sum } from '../scripts/accuracy/score.ts'
import { checkpointOf, readTruth, type TrueModel, type View } from '../scripts/accuracy/truth.ts'
import { inspectCheckpoint } from '../src/inspect.ts'

const folder = fileURLToPath(new URL('../fixtures/truth', import.meta.url))

// fixtures/generate/truth.py asked live models; what is asserted is the contract of the levels.
describe.each<View>(['dropped', 'kept', 'ordered'])('on known models, entries %s', (view) => {
  const score: Score = emptyScore()
  beforeAll(async () => {
    for (const model of readTruth(folder))
      await scoreModel(model, view, (checkpoint) => inspectCheckpoint(checkpoint, { path: model.model }), [
        score,
      ])
  })

  test('99.9 % of entries are told right', () => {
    const { entries, wrong } = sum(score.kind)
    expect(entries).toBeGreaterThan(40_000)
    expect(wrong / entries).toBeLessThanOrEqual(0.001)
  })

  test('98 % of models have no wrong entry', () => {
    expect(score.models).toBe(106)
    expect(score.wrongModels / score.models).toBeLessThanOrEqual(0.02)
  })

  test('nothing declared or deduced is wrong', () => {
    for (const question of ['kind', 'trainable'] as const)
      for (const level of ['declared', 'deduced'] as const) expect(score[question][level].wrong).toBe(0)
  })

  test('what is recognised is wrong once in a thousand at most', () => {
    for (const question of ['kind', 'trainable'] as const) {
      const { entries, wrong } = score[question].recognised
      expect(wrong / entries).toBeLessThanOrEqual(0.001)
    }
  })

  test('5 % of entries are assumed at most', () => {
    expect(score.kind.assumed.entries / sum(score.kind).entries).toBeLessThanOrEqual(0.05)
  })
})

describe('the measure itself', () => {
  const model: TrueModel = {
    library: 'ours',
    model: 'Tiny',
    modules: {},
    entries: [
      { name: 'a.weight', dtype: 'F32', shape: [2], kind: 'parameter', requiresGrad: false, tie: -1 },
      { name: 'b.steps', dtype: 'I64', shape: [], kind: 'buffer', requiresGrad: false, tie: -1 },
      { name: 'A.weight', dtype: 'F32', shape: [2], kind: 'parameter', requiresGrad: false, tie: 0 },
    ],
  }

  test('shows the classifier the order safetensors writes: widest type first, then names by bytes', () => {
    const names = (view: View) =>
      checkpointOf(model, view).stateDicts[0]?.tensors.map((tensor) => tensor.name)
    expect(names('kept')).toEqual(['b.steps', 'A.weight', 'a.weight'])
    expect(names('dropped')).toEqual(['b.steps', 'a.weight'])
    expect(names('ordered')).toEqual(['a.weight', 'b.steps', 'A.weight'])
  })

  test('counts what a classifier gets wrong', async () => {
    const score = emptyScore()
    const answer = {
      kindLevel: 'assumed',
      kindReason: '',
      trainableLevel: 'deduced',
      trainableReason: '',
    } as const
    const dict = {
      tensors: model.entries.map(({ name }) => ({ ...answer, name, kind: 'parameter', trainable: 'yes' })),
    }
    await scoreModel(model, 'kept', () => ({ stateDicts: [dict] }) as never, [score])
    expect(score.wrongModels).toBe(1)
    expect(score.kind.assumed).toEqual({ entries: 3, wrong: 1 })
    expect(score.trainable.deduced).toEqual({ entries: 3, wrong: 3 })
    expect(score.misses.filter((miss) => miss.question === 'kind').map((miss) => miss.name)).toEqual([
      'b.steps',
    ])
  })
})
