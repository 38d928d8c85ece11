import { describe, expect, test } from 'vitest'
import type { Report, TensorReport } from '../../../src/model/report.ts'
import { inspectFixture, truthOf } from './open.ts'

// `head.temperature` is a buffer of one float. An optimizer that was given no frozen parameters leaves it out as it
// leaves those out.
const files: readonly {
  readonly name: string
  readonly path: string
  /** What the file records for every entry, kind and flag. */
  readonly declared?: true
  /** What cannot be known from the file, and is answered with no more than a guess. */
  readonly unknowable?: readonly string[]
}[] = [
  { name: 'state_dict.pt', path: '', unknowable: ['head.temperature'] },
  { name: 'ddp.pt', path: '', unknowable: ['module.head.temperature'] },
  { name: 'compiled.pt', path: 'state_dict', unknowable: ['_orig_mod.head.temperature'] },
  { name: 'sorted.pt', path: '', unknowable: ['head.temperature'] },
  { name: 'legacy.pth', path: '', unknowable: ['head.temperature'] },
  { name: 'keep_vars.pt', path: '', declared: true },
  { name: 'module.pt', path: '', declared: true },
  { name: 'module-legacy.pt', path: '', declared: true },
  { name: 'with_optimizer.pt', path: 'model', unknowable: ['head.temperature'] },
  { name: 'two_groups.pt', path: 'model', unknowable: ['head.temperature'] },
  { name: 'named_optimizer.pt', path: 'model' },
  { name: 'lightning.ckpt', path: 'state_dict', unknowable: ['net.head.temperature'] },
]

function main(report: Report) {
  const [stateDict] = report.stateDicts
  if (stateDict === undefined) throw new Error('no state dict')
  return stateDict
}

describe.each(files)('$name', ({ name, path, declared, unknowable = [] }) => {
  const truth = truthOf(`torch/${name}`).entries

  test('has the entries of the live model in their order, with types and shapes', async () => {
    const stateDict = main(await inspectFixture(`torch/${name}`))
    expect(stateDict.path).toBe(path)
    expect(stateDict.role).toBe('model')
    expect(stateDict.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(
      truth.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    )
  })

  test('tells parameters from buffers', async () => {
    const { tensors } = main(await inspectFixture(`torch/${name}`))
    const wrong = tensors.filter((tensor, i) => tensor.kind !== truth[i]?.kind)
    expect(wrong.filter((tensor) => tensor.kindLevel !== 'assumed').map(({ name }) => name)).toEqual([])
    expect(wrong.map(({ name }) => name).filter((name) => !unknowable.includes(name))).toEqual([])
  })

  test('claims of trainability only what is so', async () => {
    const { tensors } = main(await inspectFixture(`torch/${name}`))
    const isWrong = (tensor: TensorReport, i: number) =>
      tensor.trainable !== 'unknown' && (tensor.trainable === 'yes') !== truth[i]?.requires_grad
    expect(tensors.filter(isWrong).map(({ name, trainableReason }) => [name, trainableReason])).toEqual([])
  })

  if (declared)
    test('says that the file declares all of it', async () => {
      const { tensors } = main(await inspectFixture(`torch/${name}`))
      // A plain tensor among Parameter records is a buffer, or was put there by hand; a Parameter may be a buffer too.
      const weakest = name === 'keep_vars.pt' ? ['recognised'] : ['declared']
      expect(new Set(tensors.map(({ kindLevel }) => kindLevel))).toEqual(new Set(weakest))
      expect(tensors.filter(({ trainable }) => trainable === 'unknown')).toEqual([])
    })
})

test('keeps registration order apart from sorted names', async () => {
  expect(main(await inspectFixture('torch/state_dict.pt')).order).toBe('registration')
  expect(main(await inspectFixture('torch/sorted.pt')).order).toBe('unrecorded')
})

test('lists the optimizer as a state dict of its own', async () => {
  const report = await inspectFixture('torch/with_optimizer.pt')
  expect(report.stateDicts.map(({ path, role }) => ({ path, role }))).toEqual([
    { path: 'model', role: 'model' },
    { path: 'optimizer', role: 'optimizer' },
  ])
  expect(report.stateDicts[1]?.tensors.map(({ name }) => name)).toContain('state.0.exp_avg')
})

test('shows what is no tensor', async () => {
  const { values, producer } = await inspectFixture('torch/lightning.ckpt')
  const shown = new Map(values.map(({ path, value }) => [path, value]))
  expect(producer).toBe('Lightning 2.6.6')
  expect(shown.get('epoch')).toBe('1')
  expect(shown.get('global_step')).toBe('2')
  expect(shown.get('pytorch-lightning_version')).toBe('"2.6.6"')
  expect(shown.get('hyper_parameters.lr')).toBe('0.001')
})

test('says that a state dict is plain weights', async () => {
  const { pickle, findings } = await inspectFixture('torch/state_dict.pt')
  expect(pickle?.plainWeights).toBe(true)
  expect(findings.filter(({ rule }) => rule.startsWith('security/'))).toEqual([])
})

test('says which classes a pickled module needs, and where', async () => {
  const { pickle, findings } = await inspectFixture('torch/module.pt')
  expect(pickle?.plainWeights).toBe(false)
  expect(pickle?.imports.find(({ name }) => name === 'torch.nn.modules.conv.Conv2d')).toMatchObject({
    offset: 967,
    keyPath: '_modules.stem._modules.0',
    allowed: false,
    dangerous: false,
  })
  expect(findings.map(({ rule, level }) => ({ rule, level }))).toContainEqual({
    rule: 'security/pickle-globals',
    level: 'warning',
  })
})

test('names the module classes and the buffers that are not saved', async () => {
  const { modules } = main(await inspectFixture('torch/module.pt'))
  expect(modules.find(({ path }) => path === 'stem.1')).toMatchObject({
    classes: ['BatchNorm2d'],
    level: 'declared',
  })
})

test('an averaged copy is what its model is', async () => {
  const [main, copy] = (await inspectFixture('torch/torch-2.15/timm.pth')).stateDicts.filter(
    ({ role }) => role !== 'optimizer',
  )
  expect(copy).toMatchObject({ path: 'state_dict_ema', role: 'ema', order: 'registration' })
  const deduced = (tensors: readonly TensorReport[] | undefined) =>
    tensors
      ?.filter(({ name, kindLevel }) => kindLevel === 'deduced' && name.includes('norm'))
      .map(({ name }) => name)
  expect(deduced(copy?.tensors)).toEqual(deduced(main?.tensors))
})
