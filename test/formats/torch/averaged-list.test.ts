import { describe, expect, test } from 'vitest'
import { isAveraged } from '../../../src/formats/torch/objects/state-dict-signs.ts'
import { inspectFixture } from './open.ts'

describe('averages that are kept as a list', () => {
  test('are an averaged copy beside the model, and in none of its counts', async () => {
    const { stateDicts, values } = await inspectFixture('torch/averaged-list.pt')
    expect(stateDicts.map(({ path, role }) => [path, role])).toEqual([
      ['model', 'model'],
      ['ema.shadow_params', 'ema'],
    ])
    const [model, average] = stateDicts
    expect(model?.totals.parameters.elements).toBe(3 * 2 + 2)
    // torch_ema 0.3, ExponentialMovingAverage: model.parameters(), in their order.
    expect(average?.tensors.map(({ name, shape, kind }) => [name, shape, kind])).toEqual([
      ['0', [2, 3], 'parameter'],
      ['1', [2], 'parameter'],
    ])
    // The list tells the buffer of the model, which nothing else does.
    expect(model?.tensors.map(({ name, kind, kindLevel }) => [name, kind, kindLevel])).toEqual([
      ['weight', 'parameter', 'recognised'],
      ['bias', 'parameter', 'recognised'],
      ['scale', 'buffer', 'assumed'],
    ])
    expect(values.map(({ path }) => path)).toContain('ema.decay')
  })
})

test('says what an average is called', () => {
  // icefall (k2-fsa) saves `model_avg` beside `model`; Adam's `exp_avg` is the optimizer's, which is told before.
  for (const path of ['model_avg', 'state_dict_ema', 'swa_model', 'g_ema', 'averaged_model'])
    expect([path, isAveraged(path)]).toEqual([path, true])
  for (const path of ['model', 'avgpool', 'schema', 'teacher'])
    expect([path, isAveraged(path)]).toEqual([path, false])
})
