import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Report, TensorReport } from '../../../src/model/report.ts'
import { inspectFixture } from './open.ts'

// Files that DeepSpeed, FairScale and Lightning wrote of a model whose names and shapes say nothing, with what was true
// of the live model (fixtures/generate/trainers.py).

interface Entry {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: string
  readonly requires_grad: boolean
}

const truth = (name: string): readonly Entry[] =>
  JSON.parse(
    readFileSync(new URL(`../../../fixtures/torch/trainers/${name}.truth.json`, import.meta.url), 'utf8'),
  )

const read = async (file: string) => main(await inspectFixture(`torch/trainers/${file}`))

function main(report: Report) {
  const [stateDict] = report.stateDicts
  if (stateDict === undefined) throw new Error('no state dict')
  return stateDict
}

const kindOf = ({ name, shape, kind, kindLevel }: TensorReport) => ({ name, shape, kind, kindLevel })
const declared = ({ name, shape, kind }: Entry) => ({ name, shape, kind, kindLevel: 'declared' })

describe('a rank of DeepSpeed ZeRO-3', () => {
  test('has the names, shapes and kinds of the live model, and what is frozen', async () => {
    const { tensors, totals } = await read('stage3/zero_pp_rank_0_mp_rank_00_model_states.pt')
    const live = truth('stage3')
    expect(tensors.map(kindOf)).toEqual(live.map(declared))
    for (const { name, requires_grad, kind } of live.filter((entry) => entry.kind === 'parameter')) {
      const tensor = tensors.find((one) => one.name === name)
      expect([name, kind, tensor?.trainable, tensor?.trainableLevel]).toEqual([
        name,
        kind,
        requires_grad ? 'yes' : 'no',
        'declared',
      ])
    }
    expect(tensors.find(({ name }) => name === 'head.weight')?.tiedTo).toBe('embed.weight')
    expect(totals.parameters.elements).toBe(224)
  })

  test('says which part of each it holds: nothing of what is trained, its piece of what is frozen', async () => {
    const { tensors } = await read('stage3/zero_pp_rank_1_mp_rank_00_model_states.pt')
    const kept = (name: string) => tensors.find((tensor) => tensor.name === name)?.representation
    expect(kept('embed.weight')).toMatchObject({ of: 'ZeRO', globalShape: [16, 8], localShape: [0] })
    expect(kept('odd.table')).toMatchObject({ of: 'ZeRO', globalShape: [8], localShape: [4] })
    expect(kept('odd.gain')).toBeUndefined()
  })

  test('holds no model in the file of its optimizer', async () => {
    const report = await inspectFixture('torch/trainers/stage3/zero_pp_rank_0_mp_rank_00_optim_states.pt')
    expect(report.stateDicts.map(({ role }) => role)).toEqual(['optimizer', 'optimizer'])
    expect(report.stateDicts.map(({ totals }) => totals.parameters.elements)).toEqual([0, 0])
  })
})

test('what DeepSpeed writes of stage 1 says which entries are buffers, and which the optimizer was given', async () => {
  const { tensors } = await read('stage1/mp_rank_00_model_states.pt')
  // Frozen, and in no list before ZeRO 2: what an edited file has besides would look the same.
  const unlisted = (name: string) => (name === 'odd.table' ? { kindLevel: 'recognised' } : {})
  expect(tensors.map(kindOf)).toEqual(
    truth('stage1').map((one) => ({ ...declared(one), ...unlisted(one.name) })),
  )
  const trainable = new Map(tensors.map((tensor) => [tensor.name, tensor.trainable]))
  expect(trainable.get('embed.weight')).toBe('yes')
  expect(trainable.get('odd.table')).toBe('unknown')
})

test('a shard of FairScale says which entries are buffers, and that the rest is a flat parameter', async () => {
  const { tensors } = await read('fairscale.pt')
  const buffers = truth('fairscale').filter(({ kind }) => kind === 'buffer')
  expect(tensors.filter(({ kind }) => kind === 'buffer').map(kindOf)).toEqual(buffers.map(declared))
  const [flat, ...none] = tensors.filter(({ kind }) => kind === 'parameter')
  expect(flat).toMatchObject({ name: 'flat_param_0', kindLevel: 'declared' })
  expect(none).toEqual([])
})

describe('modules among the hyperparameters of Lightning', () => {
  test('declare the entries of the same paths, and which are frozen', async () => {
    const { tensors } = await read('lightning-modules.ckpt')
    const live = new Map(truth('lightning-modules').map((entry) => [entry.name, entry]))
    expect(tensors.map(({ name, kind }) => [name, kind])).toEqual(
      [...live.values()].map(({ name, kind }) => [name, kind]),
    )
    const inModules = tensors.filter(({ name }) => !name.startsWith('head.'))
    expect(new Set(inModules.map(({ kindLevel }) => kindLevel))).toEqual(new Set(['declared']))
    const ofModules = inModules.filter(({ kind }) => kind === 'parameter')
    expect(ofModules.map(({ name, trainable, trainableLevel }) => [name, trainable, trainableLevel])).toEqual(
      ofModules.map(({ name }) => [name, live.get(name)?.requires_grad ? 'yes' : 'no', 'declared']),
    )
  })

  test('are no model of their own', async () => {
    const report = await inspectFixture('torch/trainers/lightning-modules.ckpt')
    expect(report.stateDicts.filter(({ role }) => role === 'model').map(({ path }) => path)).toEqual([
      'state_dict',
    ])
  })
})
