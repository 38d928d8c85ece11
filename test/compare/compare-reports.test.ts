import { describe, expect, it } from 'vitest'
import { compareReports } from '../../src/compare/compare-reports.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { makeReport, makeStateDict, type TensorGiven } from '../render/make-report.ts'

const report = (tensors: readonly TensorGiven[], format = 'torch') =>
  makeReport([makeStateDict(tensors)], { format })
const compare = (a: readonly TensorGiven[], b: readonly TensorGiven[]) => compareReports(report(a), report(b))

const net: readonly TensorGiven[] = [
  { name: 'emb.weight', shape: [10, 4] },
  { name: 'layers.0.fc.weight', shape: [4, 4] },
  { name: 'layers.0.fc.bias', shape: [4] },
  { name: 'layers.1.fc.weight', shape: [4, 4] },
  { name: 'layers.1.fc.bias', shape: [4] },
  { name: 'head.weight', shape: [3, 4] },
]
const prefixed = (prefix: string, tensors = net) =>
  tensors.map((tensor) => ({ ...tensor, name: prefix + tensor.name }))

describe('comparing two checkpoints', () => {
  it('finds two of one layout the same, and says that values were not compared', () => {
    const difference = compare(net, [...net].reverse())
    expect(difference).toMatchObject({
      same: true,
      matched: 6,
      changed: 0,
      renames: [],
      changes: [],
      onlyA: [],
      onlyB: [],
      valuesCompared: false,
    })
    expect(difference.load).toMatchObject({ strict: 'loads', lenient: 'loads' })
  })

  it('takes two empty ones for the same', () => {
    expect(compareReports(makeReport([]), makeReport([])).same).toBe(true)
    expect(compare([], [])).toMatchObject({ same: true, matched: 0 })
    expect(compare([], net).onlyB).toHaveLength(6)
  })

  it('names a prefix that was stripped, and its wrapper', () => {
    const difference = compare(prefixed('module.'), net)
    expect(difference.renames).toEqual([
      {
        from: 'module.**',
        to: '**',
        tensors: 6,
        by: 'prefix',
        wrapper: 'DataParallel, DistributedDataParallel or AveragedModel',
      },
    ])
    expect(difference.load).toMatchObject({ strict: 'raises', lenient: 'loads' })
    expect(difference.load.missing).toHaveLength(6)
    expect(difference.loadRenamed).toMatchObject({ strict: 'loads', missing: [], unexpected: [] })
    expect(difference.same).toBe(false)
  })

  it('names a prefix that was added, several at once, and one that was replaced', () => {
    expect(compare(net, prefixed('_orig_mod.module.')).renames).toMatchObject([
      { from: '**', to: '_orig_mod.module.**', tensors: 6 },
    ])
    expect(compare(prefixed('encoder.'), prefixed('backbone.net.')).renames).toMatchObject([
      { from: 'encoder.**', to: 'backbone.net.**', tensors: 6 },
    ])
  })

  it('keeps two prefixes apart', () => {
    const a = [...prefixed('student.'), ...prefixed('teacher.')]
    const b = [...prefixed('net.student.'), ...prefixed('teacher.')]
    expect(compare(a, b)).toMatchObject({
      renames: [{ from: 'student.**', to: 'net.student.**', tensors: 6 }],
      matched: 12,
    })
  })

  it('keeps a prefix that others have apart from the same prefix that was replaced', () => {
    const a = [...prefixed('x.student.'), ...prefixed('x.teacher.')]
    const b = [...prefixed('y.student.'), ...prefixed('x.teacher.')]
    expect(compare(a, b)).toMatchObject({
      renames: [{ from: 'x.student.**', to: 'y.student.**', tensors: 6 }],
      matched: 12,
    })
  })

  it('takes names that end alike for nothing when their shapes are others', () => {
    const of = (prefix: string, size: number) => [
      { name: `${prefix}.l.w`, shape: [size, size] },
      { name: `${prefix}.l.v`, shape: [size] },
    ]
    expect(compare(of('enc', 2), of('dec', 3))).toMatchObject({ renames: [], matched: 0 })
  })

  it('gives a tensor without a partner no name that another has', () => {
    const square = (name: string) => ({ name, shape: [2, 2] })
    const difference = compare(['m.a', 'm.b', 'm.c', 'c'].map(square), ['a', 'b', 'c'].map(square))
    expect(difference.matched).toBe(3)
    expect(difference.onlyA.map(({ name }) => name)).toEqual(['m.c'])
    expect(difference.loadRenamed).toMatchObject({ missing: [], unexpected: ['m.c'] })
  })

  it('guesses at nothing between lists of other numbers', () => {
    const of = (...names: string[]) => names.map((name) => ({ name, shape: [4, 4] }))
    const a = of('stages.1.layers.0.conv.weight', 'stages.1.layers.1.conv.weight')
    const b = of('layer2.0.conv1.weight', 'layer2.1.conv1.weight')
    expect(compare(a, b)).toMatchObject({ renames: [], matched: 0 })
    expect(compare(a.slice(1), b.slice(1)).renames).toMatchObject([{ by: 'structure' }])
  })

  it('names the outermost module that the other side has nothing of', () => {
    const b = [
      ...net,
      { name: 'decoder.layers.0.fc.weight', shape: [7] },
      { name: 'layers.1.gate.inner.weight', shape: [7, 7, 7] },
      { name: 'head.scale', shape: [7, 7, 7, 7] },
    ]
    expect(compare(net, b).onlyB.map(({ module }) => module)).toEqual(['decoder', 'layers.1.gate', null])
  })

  it('finds a resized vocabulary behind a prefix', () => {
    const b = net.map((tensor) => (tensor.name === 'emb.weight' ? { ...tensor, shape: [12, 4] } : tensor))
    const difference = compare(prefixed('module.'), b)
    expect(difference.changes).toEqual([
      { a: 'module.emb.weight', b: 'emb.weight', shape: { a: [10, 4], b: [12, 4], how: 'resized' } },
    ])
    expect(difference.loadRenamed?.mismatched).toEqual([
      { name: 'emb.weight', checkpoint: [10, 4], model: [12, 4] },
    ])
    expect(difference.onlyA).toEqual([])
  })

  it('says how a shape changed', () => {
    const change = (a: readonly number[], b: readonly number[]) =>
      compare([{ name: 'w', shape: a }], [{ name: 'w', shape: b }]).changes[0]?.shape?.how
    expect(change([2, 6], [6, 2])).toBe('transposed')
    expect(change([3, 3, 16, 32], [32, 16, 3, 3])).toBe('permuted')
    expect(change([8, 4], [8, 4, 1, 1])).toBe('reshaped')
    expect(change([8, 4], [9, 4])).toBe('resized')
    expect(change([8, 4], [8])).toBe('other')
  })

  it('tells types, kinds, trainability, ties and quantisation apart', () => {
    const a: TensorGiven[] = [
      { name: 'w', shape: [2], dtype: 'F32', trainable: 'yes', trainableLevel: 'declared' },
      { name: 'v', shape: [2] },
      { name: 'p', shape: [1], kind: 'buffer' },
    ]
    const b: TensorGiven[] = [
      { name: 'w', shape: [2], dtype: 'BF16', trainable: 'no', trainableLevel: 'declared' },
      { name: 'v', shape: [2], tiedTo: 'w' },
      { name: 'p', shape: [1], kind: 'parameter', kindLevel: 'assumed' },
    ]
    expect(compare(a, b).changes).toEqual([
      {
        a: 'w',
        b: 'w',
        dtype: { a: 'F32', b: 'BF16' },
        trainable: { a: 'yes', b: 'no', sure: true },
      },
      { a: 'v', b: 'v', tiedTo: { a: null, b: 'w' } },
      { a: 'p', b: 'p', kind: { a: 'buffer', b: 'parameter', sure: false } },
    ])
    expect(compare(a, b).load).toMatchObject({ strict: 'loads', converted: 1 })
  })

  it('takes what a file does not record for no difference', () => {
    const b = net.map((tensor) => ({ ...tensor, dtype: null, trainable: 'yes' as const }))
    expect(compare(net, b)).toMatchObject({ same: true })
  })

  it('follows ties through renames', () => {
    const tied = [...net, { name: 'tied.weight', shape: [10, 4], tiedTo: 'emb.weight' }]
    const renamed = prefixed('m.', net).concat({
      name: 'm.tied.weight',
      shape: [10, 4],
      tiedTo: 'm.emb.weight',
    } as TensorGiven)
    expect(compare(tied, renamed)).toMatchObject({ changes: [], matched: 7 })
  })

  it('counts blocks, and knows which tensors are of the blocks that were added', () => {
    const more = [
      ...net,
      { name: 'layers.2.fc.weight', shape: [4, 4] },
      { name: 'layers.2.fc.bias', shape: [4] },
      { name: 'extra', shape: [1] },
    ]
    const difference = compare(net, more)
    expect(difference.blocks).toEqual([{ path: 'layers', a: 2, b: 3, onlyA: [], onlyB: [2] }])
    expect(difference.onlyB.map(({ name, inExtraBlock }) => [name, inExtraBlock])).toEqual([
      ['layers.2.fc.weight', true],
      ['layers.2.fc.bias', true],
      ['extra', false],
    ])
    expect(compare(more, net).blocks).toEqual([{ path: 'layers', a: 3, b: 2, onlyA: [2], onlyB: [] }])
    expect(compare(prefixed('module.', more), net).blocks).toEqual([
      { path: 'layers', a: 3, b: 2, onlyA: [2], onlyB: [] },
    ])
  })

  it('takes a list whose new members are of another kind for no list of blocks', () => {
    const of = (...names: string[]) => names.map((name) => ({ name, shape: [2] }))
    const a = of('features.0.weight', 'features.0.bias')
    expect(compare(a, [...a, ...of('features.1.scale')]).blocks).toEqual([])
    expect(compare(a, [...a, ...of('features.1.weight', 'features.1.bias')]).blocks).toHaveLength(1)
  })

  it('says which buffers a model makes itself, and which it misses', () => {
    const buffer = (name: string, shape: readonly number[] = [4]) => ({
      name,
      shape,
      kind: 'buffer' as const,
    })
    const b = [
      ...net,
      buffer('embeddings.position_ids', [1, 512]),
      buffer('h.0.attn.bias', [1, 1, 64, 64]),
      buffer('rotary.inv_freq'),
      buffer('bn.running_mean'),
      { name: 'odd.position_ids', shape: [4] },
    ]
    const harmless = new Map(compare(net, b).onlyB.map((tensor) => [tensor.name, tensor.harmless]))
    expect(harmless.get('embeddings.position_ids')).toContain('index')
    expect(harmless.get('h.0.attn.bias')).toContain('mask')
    expect(harmless.get('rotary.inv_freq')).toContain('frequencies')
    expect(harmless.get('bn.running_mean')).toBeUndefined()
    expect(harmless.get('odd.position_ids')).toBeUndefined()
  })

  it('tells what metadata changed, and takes it for no difference of the state dicts', () => {
    const a = makeReport([makeStateDict(net)], { metadata: { format: 'pt', step: '1' } })
    const b = makeReport([makeStateDict(net)], {
      metadata: new Map([
        ['format', 'pt'],
        ['__proto__', 'x'],
      ]),
    })
    expect(compareReports(a, b)).toMatchObject({
      same: true,
      metadata: [
        { key: 'step', a: '1', b: null },
        { key: '__proto__', a: null, b: 'x' },
      ],
    })
  })

  it('takes the state dict that it is told to take', () => {
    const both = makeReport([
      makeStateDict(net, { path: 'model' }),
      makeStateDict(net, { path: 'ema', role: 'ema' }),
    ])
    expect(compareReports(both, both, { atA: 'model', atB: 'ema' })).toMatchObject({
      same: true,
      a: { stateDict: 'model' },
      b: { stateDict: 'ema' },
    })
    expect(() => compareReports(both, both, { atB: 'emma' })).toThrow('there is no state dict at "emma"')
  })

  it('compares names of any kind, prefixed and not', () => {
    const nasty = nastyNames.map((name) => ({ name, shape: [1] }))
    expect(compare(nasty, nasty)).toMatchObject({ same: true })
    const difference = compare(prefixed('module.', nasty), nasty)
    expect(difference.loadRenamed).toMatchObject({ missing: [], unexpected: [] })
  })
})
