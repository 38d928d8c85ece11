import { describe, expect, it } from 'vitest'
import { align } from '../../src/evidence/alignment.ts'
import type { OptimizerFacts } from '../../src/model/checkpoint.ts'
import { type Entries, kindsOf, reportOf, tensorOf } from '../helpers/checkpoint.ts'

const entry = (module: number, ...shape: number[]) => ({ shape, module, never: false })
const options = { gaps: false, budget: 10_000 }

/** An optimizer of one or more groups; a negative length in front says the parameter has no state. */
function optimizer(...groups: (readonly (readonly number[] | string | null)[])[]): OptimizerFacts {
  return {
    path: 'optimizer',
    groups: groups.map((group) => ({
      parameters: group.map((one) =>
        typeof one === 'string'
          ? { name: one, shape: null, hasState: true }
          : { name: null, shape: one, hasState: one !== null },
      ),
    })),
  }
}

const model: Entries = {
  scale: ['F32', []],
  'conv.weight': ['F32', [8, 3, 3, 3]],
  'bn.weight': ['F32', [8]],
  'bn.bias': ['F32', [8]],
  'bn.running_mean': ['F32', [8]],
  'bn.running_var': ['F32', [8]],
  'bn.num_batches_tracked': ['I64', []],
  'head.mystery': ['F32', [1]],
  'head.fc.weight': ['F32', [10, 8]],
  'head.fc.bias': ['F32', [10]],
}
const all = [[], [8, 3, 3, 3], [8], [8], [10, 8], [10]]
const read = (facts: OptimizerFacts) =>
  reportOf(model, { order: 'registration', facts: { optimizers: [facts] } })

describe('laying a list of shapes over entries', () => {
  it('finds what all solutions share', () => {
    // Two modules of one shape, one of them given: which one is open, the rest is not.
    const found = align([entry(0, 4), entry(1, 4), entry(2, 5)], [[[4], [5]]], options)
    expect(found?.given).toEqual(['sometimes', 'sometimes', 'always'])
  })

  it('gives a prefix of each module only', () => {
    expect(align([entry(0, 4), entry(0, 5)], [[[5]]], options)).toBeNull()
    expect(align([entry(0, 4), entry(0, 5)], [[[5]]], { ...options, gaps: true })?.given).toEqual([
      'never',
      'always',
    ])
  })

  it('lets groups share the entries between them', () => {
    const found = align(
      [entry(0, 4, 4), entry(0, 4), entry(1, 5, 4), entry(1, 5)],
      [
        [
          [4, 4],
          [5, 4],
        ],
        [[4], [5]],
      ],
      options,
    )
    expect(found?.given).toEqual(['always', 'always', 'always', 'always'])
    expect(found?.places).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ])
  })

  it('fits a parameter without state to any shape', () => {
    expect(align([entry(0, 4), entry(1, 5)], [[null, [5]]], options)?.given).toEqual(['always', 'always'])
  })

  it('says null when nothing fits, and when it would take too long', () => {
    expect(align([entry(0, 4)], [[[5]]], options)).toBeNull()
    const many = Array.from({ length: 60 }, (_, i) => entry(i, 4))
    expect(align(many, [Array.from({ length: 30 }, () => [4])], { gaps: false, budget: 50 })).toBeNull()
  })
})

describe('an optimizer in the file', () => {
  it('recognises the parameters it was given, and that they trained: it is of the past', () => {
    const report = read(optimizer(all))
    expect(kindsOf(report)).toMatchObject({
      scale: 'parameter recognised',
      'bn.bias': 'parameter recognised',
      'head.fc.bias': 'parameter recognised',
    })
    expect(tensorOf(report, 'conv.weight')).toMatchObject({ trainable: 'yes', trainableLevel: 'recognised' })
  })

  it('only assumes that the one float it was not given is a buffer: it may be a frozen parameter', () => {
    expect(tensorOf(read(optimizer(all)), 'head.mystery')).toMatchObject({
      kind: 'buffer',
      kindLevel: 'assumed',
      trainable: 'no',
    })
  })

  it('assumes a buffer where modules were frozen and one float among trained ones was not given', () => {
    const report = read(optimizer([[10, 8], [10]]))
    expect(tensorOf(report, 'head.mystery')).toMatchObject({ kind: 'buffer', kindLevel: 'assumed' })
    // The whole of conv and bn is frozen, and `scale` stands beside modules that train.
    expect(tensorOf(report, 'conv.weight').kind).toBe('parameter')
  })

  it('does not take a frozen module for buffers', () => {
    const report = read(optimizer([[10, 8], [10]]))
    expect(tensorOf(report, 'conv.weight')).toMatchObject({ kind: 'parameter', trainable: 'no' })
    expect(tensorOf(report, 'bn.weight').kind).toBe('parameter')
    expect(tensorOf(report, 'head.fc.weight')).toMatchObject({
      kind: 'parameter',
      kindLevel: 'recognised',
      trainable: 'yes',
    })
  })

  it('does not know of a parameter it lists without state: frozen, or never used', () => {
    const facts = {
      optimizers: [optimizer([[], null, [8], [8], [10, 8], [10]])],
      moduleVersions: new Map([['bn', 2]]),
    }
    const report = reportOf(model, { order: 'registration', facts })
    expect(tensorOf(report, 'conv.weight')).toMatchObject({
      kind: 'parameter',
      kindLevel: 'recognised',
      trainable: 'unknown',
    })
  })

  it('with names recognises them, wrapper prefixes aside', () => {
    const report = read(optimizer(['module.conv.weight', 'module.head.fc.weight']))
    expect(tensorOf(report, 'conv.weight')).toMatchObject({
      kindLevel: 'recognised',
      trainable: 'yes',
      trainableLevel: 'recognised',
    })
    expect(tensorOf(report, 'head.fc.bias')).toMatchObject({ trainable: 'no', trainableLevel: 'recognised' })
  })

  it('only assumes that an entry does not train where ties are not recorded', () => {
    const listed: Entries = {
      'embed.weight': [null, [5, 4]],
      'fc.weight': [null, [4, 4]],
      'out.weight': [null, [5, 4]],
    }
    const facts = {
      optimizers: [
        optimizer([
          [5, 4],
          [4, 4],
        ]),
      ],
    }
    // `out.weight` may be `embed.weight` under another name: nested lists do not tell.
    expect(tensorOf(reportOf(listed, { order: 'registration', facts }), 'out.weight')).toMatchObject({
      trainable: 'no',
      trainableLevel: 'assumed',
    })
  })

  it('says nothing where the order of the entries is not recorded', () => {
    const report = reportOf(model, { facts: { optimizers: [optimizer(all)] } })
    expect(tensorOf(report, 'conv.weight').kindLevel).toBe('recognised')
    expect(tensorOf(report, 'conv.weight').trainable).toBe('unknown')
  })

  it('recognises no more than a parameter from a shape', () => {
    // The optimizer has a parameter of another module whose shape is that of this buffer.
    const report = reportOf(
      { 'm.w': ['F32', [8, 8]], 'm.shift': ['F32', [8]] },
      { order: 'registration', facts: { optimizers: [optimizer([[8, 8], [8]])] } },
    )
    expect(tensorOf(report, 'm.shift').kindLevel).toBe('recognised')
    expect(tensorOf(report, 'm.shift').trainableLevel).toBe('recognised')
  })

  it('gives a tied tensor one place', () => {
    const report = reportOf(
      { 'a.weight': ['F32', [5, 4]], 'b.weight': 'a.weight', 'c.weight': ['F32', [5, 4]] },
      {
        order: 'registration',
        facts: {
          optimizers: [
            optimizer([
              [5, 4],
              [5, 4],
            ]),
          ],
        },
      },
    )
    expect(kindsOf(report)).toEqual({
      'a.weight': 'parameter recognised',
      'b.weight': 'parameter recognised',
      'c.weight': 'parameter recognised',
    })
  })
})

describe('_metadata versions', () => {
  const four = {
    'bn.weight': ['F32', [8]],
    'bn.bias': ['F32', [8]],
    'bn.running_mean': ['F32', [8]],
    'bn.running_var': ['F32', [8]],
  } as const
  it('tell the tensors of version 2 apart, and only recognise them: any may have been registered anew', () => {
    const kinds = kindsOf(
      reportOf(four, {
        facts: {
          moduleVersions: new Map([
            ['', 1],
            ['bn', 2],
          ]),
        },
      }),
    )
    expect(kinds).toMatchObject({
      'bn.weight': 'parameter recognised',
      'bn.running_mean': 'buffer recognised',
    })
  })

  it('make version 3 with four tensors a frozen one', () => {
    const kinds = kindsOf(
      reportOf(four, {
        facts: {
          moduleVersions: new Map([
            ['', 1],
            ['bn', 3],
          ]),
        },
      }),
    )
    expect(kinds).toMatchObject({ 'bn.weight': 'buffer recognised', 'bn.bias': 'buffer recognised' })
  })
})

describe('averaged copies of latent diffusion', () => {
  const file: Entries = {
    betas: ['F32', [10]],
    alphas_cumprod: ['F32', [10]],
    'model.diffusion_model.a.weight': ['F32', [4, 4]],
    'model.diffusion_model.b.weight': ['F32', [4, 4]],
    'model_ema.decay': ['F32', []],
    'model_ema.num_updates': ['I32', []],
    'model_ema.diffusion_modelaweight': ['F32', [4, 4]],
  }
  it('tell what requires grad by what has a copy', () => {
    const report = reportOf(file)
    expect(tensorOf(report, 'model.diffusion_model.a.weight')).toMatchObject({
      kind: 'parameter',
      kindLevel: 'recognised',
      trainable: 'yes',
    })
    expect(tensorOf(report, 'model.diffusion_model.b.weight')).toMatchObject({
      trainable: 'no',
      trainableLevel: 'recognised',
    })
    expect(tensorOf(report, 'model_ema.diffusion_modelaweight')).toMatchObject({
      kind: 'buffer',
      kindLevel: 'recognised',
    })
    expect(tensorOf(report, 'betas').kind).toBe('buffer')
  })

  it('say nothing when a copy has no original', () => {
    const report = reportOf({ ...file, 'model_ema.stranger': ['F32', [3]] })
    expect(tensorOf(report, 'model.diffusion_model.a.weight').trainable).toBe('unknown')
  })

  it('does not choose between a weight and scores of its shape: either may be the one that trains', () => {
    // A supermask: weight and bias are frozen parameters, the scores train. By order the weight would be what was given.
    const report = reportOf(
      { '0.weight': ['F32', [16, 8]], '0.bias': ['F32', [16]], '0.scores': ['F32', [16, 8]] },
      { order: 'registration', facts: { optimizers: [optimizer([[16, 8]])] } },
    )
    for (const name of ['0.weight', '0.scores']) expect(tensorOf(report, name).trainable).toBe('unknown')
  })
})

describe('what an optimizer was given and may hold no state for', () => {
  it('is not said to train, where it cannot be told from what it holds state for', () => {
    // torch 2.15: SGD(model.parameters(), momentum=0.9) over a frozen backbone, a prompt and a head, after a step.
    const entries: Entries = {
      prompt: ['F32', [1, 4, 8]],
      'backbone.bn.weight': ['F32', [8]],
      'backbone.bn.bias': ['F32', [8]],
      'backbone.bn.running_mean': ['F32', [8]],
      'backbone.bn.running_var': ['F32', [8]],
      'backbone.bn.num_batches_tracked': ['I64', []],
      'head.weight': ['F32', [2, 8]],
      'head.bias': ['F32', [2]],
    }
    const trained = [[1, 4, 8], null, null, [2, 8], [2]]
    const report = reportOf(entries, {
      order: 'registration',
      facts: { optimizers: [optimizer(trained)] },
    })
    expect(tensorOf(report, 'prompt').trainable).toBe('yes')
    expect(tensorOf(report, 'head.bias').trainable).toBe('yes')
    for (const leaf of ['weight', 'bias'])
      expect(tensorOf(report, `backbone.bn.${leaf}`)).toMatchObject({
        trainable: 'unknown',
        kind: 'parameter',
      })
  })
})
