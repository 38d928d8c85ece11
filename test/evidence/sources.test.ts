import { describe, expect, it } from 'vitest'
import { type Entries, kindsOf, plainMap, reportOf, tensorOf, totalsOf } from '../helpers/checkpoint.ts'

describe('element types', () => {
  it('lets no integer or bool tensor train, certainly', () => {
    const report = reportOf({ ids: ['I64', [1, 512]], mask: ['BOOL', [4, 4]], w: ['F32', [4]] })
    expect(tensorOf(report, 'ids')).toMatchObject({
      trainable: 'no',
      trainableLevel: 'deduced',
      kind: 'buffer',
    })
    expect(tensorOf(report, 'mask')).toMatchObject({
      trainable: 'no',
      trainableLevel: 'deduced',
      kind: 'buffer',
    })
    expect(tensorOf(report, 'w')).toMatchObject({ trainable: 'unknown', trainableLevel: 'assumed' })
  })

  it('lets float8 and complex tensors train', () => {
    const report = reportOf({ a: ['F8_E4M3', [4]], b: ['C64', [4]], c: ['F8_E8M0', [4]] })
    for (const name of ['a', 'b']) expect(tensorOf(report, name).trainable).toBe('unknown')
    // Only exponents of blocks are of that type, so it is never taken for a parameter.
    expect(tensorOf(report, 'c').kind).not.toBe('parameter')
  })

  it('does not call integers buffers in a quantised checkpoint', () => {
    const report = reportOf({
      'q.weight_packed': ['I32', [8, 8]],
      'q.weight_scale': ['F16', [8, 1]],
      'x.table': ['I32', [9]],
    })
    expect(tensorOf(report, 'q.weight_packed').kind).toBe('parameter')
    expect(tensorOf(report, 'x.table').kindLevel).toBe('assumed')
  })
})

describe('declarations', () => {
  const facts = {
    declarations: new Map([
      ['a', { kind: 'buffer', requiresGrad: false, by: 'the manifest' } as const],
      ['b', { kind: 'parameter', requiresGrad: true, by: 'the manifest' } as const],
      ['c', { kind: 'parameter', requiresGrad: false, by: 'the manifest' } as const],
    ]),
  }
  const entries = { a: ['F32', [3]], b: ['F32', [5]], c: ['F32', [7]] } as const

  it('are taken as they stand', () => {
    const report = reportOf(entries, { facts })
    expect(kindsOf(report)).toEqual({
      a: 'buffer declared',
      b: 'parameter declared',
      c: 'parameter declared',
    })
    expect(tensorOf(report, 'a')).toMatchObject({ trainable: 'no', trainableLevel: 'declared' })
  })

  it('make the trainable count one number', () => {
    expect(reportOf(entries, { facts }).stateDicts[0]?.totals.trainable).toMatchObject({
      elements: 5,
      level: 'declared',
      upperBound: false,
    })
  })

  it('lose their level and make a finding where they contradict each other', () => {
    const report = reportOf(
      { 'm.a': ['F32', [3]], 'm.b': ['F32', [3]] },
      {
        facts: {
          totalParameters: 6,
          declarations: new Map([['m.b', { kind: 'buffer', by: 'the manifest' }]]),
        },
      },
    )
    // The index counts both as parameters.
    expect(report.findings.map((f) => f.rule)).toContain('evidence/contradiction')
    expect(tensorOf(report, 'm.b').kindLevel).toBe('recognised')
  })
})

describe('the count without declarations', () => {
  it('is an upper bound that says why', () => {
    const { trainable, parameters, buffers } = totalsOf(
      reportOf({ 'fc.weight': ['F32', [4, 3]], 'fc.bias': ['F32', [4]], n: ['I64', []] }),
    )
    expect(trainable).toMatchObject({ elements: 16, upperBound: true, level: 'assumed' })
    expect(trainable.reason).toContain('requires_grad')
    expect(parameters).toEqual({ tensors: 2, elements: 16, bytes: 64 })
    expect(buffers).toEqual({ tensors: 1, elements: 1, bytes: 8 })
  })
})

describe('the trainable count', () => {
  const parameters = [[4, 3]].map((shape) => ({ name: null, shape, hasState: true }))
  const entries = {
    'a.weight': ['F32', [4, 3]],
    'b.weight': ['F32', [5, 4]],
    'b.frozen': ['F32', [7]],
  } as const

  it('is bounded by what is known to train, and by what is not known not to', () => {
    const says = (requiresGrad: boolean) => ({ kind: 'parameter', requiresGrad, by: 'its record' }) as const
    const declarations = new Map([
      ['a.weight', says(true)],
      ['b.frozen', says(false)],
    ])
    const { trainable } = totalsOf(reportOf(entries, { facts: { declarations } }))
    expect(trainable).toMatchObject({ atLeast: 12, elements: 12 + 20, upperBound: true })
  })

  it('takes an optimizer for its past: no proof of what trains, and none of what does not', () => {
    const facts = { optimizers: [{ path: 'optimizer', groups: [{ parameters }] }] }
    const { trainable } = totalsOf(reportOf(entries, { order: 'registration', facts }))
    expect(trainable).toMatchObject({ atLeast: 0, recognised: 12, upperBound: true })
    expect(trainable.elements).toBeGreaterThanOrEqual(12 + 20)
  })

  it('is one number where all of it is known', () => {
    const says = (requiresGrad: boolean) => ({ kind: 'parameter', requiresGrad, by: 'its record' }) as const
    const declarations = new Map([
      ['a.weight', says(true)],
      ['b.weight', says(true)],
      ['b.frozen', says(false)],
    ])
    const { trainable } = totalsOf(reportOf(entries, { facts: { declarations } }))
    expect(trainable).toMatchObject({ elements: 32, atLeast: 32, upperBound: false, level: 'declared' })
  })
})

describe('--frozen', () => {
  it('declares what it names not trainable', () => {
    const report = reportOf({ 'enc.w': ['F32', [3]], 'head.w': ['F32', [5]] }, { frozen: ['enc.**'] })
    expect(tensorOf(report, 'enc.w')).toMatchObject({ trainable: 'no', trainableLevel: 'declared' })
    expect(tensorOf(report, 'head.w').trainable).toBe('unknown')
    expect(report.stateDicts[0]?.totals.trainable.elements).toBe(5)
  })
})

describe('--frozen that fits nothing', () => {
  it('is told, since nothing is frozen then', () => {
    const rules = (frozen: string[]) =>
      reportOf({ 'enc.w': ['F32', [3]] }, { frozen }).findings.map((f) => f.rule)
    expect(rules(['encoder.**'])).toEqual(['evidence/said-fits-nothing'])
    expect(rules(['enc.**'])).toEqual([])
  })
})

describe('what the user says', () => {
  const entries = {
    'enc.w': ['F32', [3]],
    'head.w': ['F32', [5]],
    'bn.weight': ['F32', [2]],
    'bn.bias': ['F32', [2]],
    'bn.running_mean': ['F32', [2]],
    'bn.running_var': ['F32', [2]],
    'bn.num_batches_tracked': ['I64', []],
  } as const

  it('declares kinds, parameter over buffer', () => {
    const report = reportOf(entries, { buffer: ['*.w'], parameter: ['head.**'] })
    expect(tensorOf(report, 'enc.w')).toMatchObject({
      kind: 'buffer',
      kindLevel: 'declared',
      trainable: 'no',
    })
    expect(tensorOf(report, 'head.w')).toMatchObject({ kind: 'parameter', kindLevel: 'declared' })
    expect(report.findings).toEqual([])
  })

  it('lets the head train when all is frozen, and no buffer', () => {
    const report = reportOf(entries, { frozen: ['**'], trainable: ['{head,bn}.**'] })
    expect(tensorOf(report, 'enc.w')).toMatchObject({ trainable: 'no', trainableLevel: 'declared' })
    expect(tensorOf(report, 'head.w')).toMatchObject({ trainable: 'yes', trainableLevel: 'declared' })
    expect(tensorOf(report, 'bn.weight').trainable).toBe('yes')
    expect(tensorOf(report, 'bn.running_mean')).toMatchObject({ kind: 'buffer', trainable: 'no' })
    expect(report.stateDicts[0]?.totals.trainable).toMatchObject({ elements: 9 })
  })

  it('wins over a layout, and is told that it does', () => {
    const report = reportOf(entries, { buffer: ['**.{weight,bias}'] })
    expect(tensorOf(report, 'bn.bias').kind).toBe('buffer')
    expect(report.findings).toMatchObject([
      { rule: 'evidence/said-against', args: { count: 2, is: 'parameter' } },
    ])
  })

  it('does not stand against what the file declares', () => {
    const declarations = new Map([['enc.w', { kind: 'parameter', by: 'its record' } as const]])
    const declared = reportOf(entries, { buffer: ['enc.w'], facts: { declarations } })
    expect(tensorOf(declared, 'enc.w').kindLevel).not.toBe('declared')
    expect(declared.findings.map(({ rule }) => rule)).toEqual(['evidence/contradiction'])
  })

  it('is taken from a manifest by name and shape, through the prefix of a wrapper', () => {
    const manifest = {
      by: 'live.json',
      entries: new Map([
        ['w', { shape: [3], kind: 'buffer' as const, requiresGrad: false }],
        ['v', { shape: [4], kind: 'buffer' as const }],
      ]),
    }
    const report = reportOf({ 'module.w': ['F32', [3]], 'module.v': ['F32', [5]] }, { manifest })
    expect(tensorOf(report, 'module.w')).toMatchObject({
      kind: 'buffer',
      kindLevel: 'declared',
      kindReason: 'by you: the manifest live.json says buffer',
      trainable: 'no',
    })
    expect(tensorOf(report, 'module.v').kindLevel).toBe('assumed')
    expect(report.findings).toMatchObject([
      { rule: 'evidence/manifest-differs', args: { what: 'other-shape', first: 'module.v' } },
    ])
  })
})

describe('the order rule', () => {
  const entries = {
    'm.scale': ['F32', [4]],
    'm.ids': ['I64', [4]],
    'm.cache': ['F32', [4]],
    'm.fc.weight': ['F32', [4, 4]],
  } as const

  it('makes what follows a buffer a buffer', () => {
    expect(kindsOf(reportOf(entries, { order: 'registration' }))['m.cache']).toBe('buffer recognised')
  })

  it('says nothing where the order is not recorded', () => {
    expect(kindsOf(reportOf(entries))['m.cache']).toBe('parameter assumed')
  })

  const rulesOf = (report: ReturnType<typeof reportOf>) => report.findings.map(({ rule }) => rule)

  it('recognises what precedes a declared parameter: a dict may have been edited', () => {
    const facts = {
      moduleVersions: new Map([['m', 1]]),
      declarations: new Map([['m.b', { kind: 'parameter', by: 'the manifest' } as const]]),
    }
    const report = reportOf(
      { 'm.a': ['F32', [3]], 'm.b': ['F32', [3]], 'm.c': ['F32', [3]] },
      { order: 'registration', facts },
    )
    expect(kindsOf(report)).toEqual({
      'm.a': 'parameter recognised',
      'm.b': 'parameter declared',
      'm.c': expect.stringMatching(/assumed$/),
    })
    expect(rulesOf(report)).toEqual([])
  })

  it('is silent, and says where, when a parameter stands behind a buffer of its module', () => {
    const report = reportOf(
      { ...entries, 'z.ids': ['I64', [4]], 'z.fc_weight': ['F32', [4, 4]] },
      {
        order: 'registration',
        facts: { declarations: new Map([['z.fc_weight', { kind: 'parameter', by: 'the manifest' }]]) },
      },
    )
    expect(kindsOf(report)['m.cache']).toBe('parameter assumed')
    expect(report.findings).toMatchObject([{ rule: 'evidence/order', tensor: 'z.fc_weight' }])
  })

  it('is silent when _metadata does not list a module, or lists them in another order', () => {
    const withVersions = (...paths: string[]) =>
      reportOf(entries, {
        order: 'registration',
        facts: { moduleVersions: new Map(paths.map((path) => [path, 1])) },
      })
    expect(kindsOf(withVersions('', 'm', 'm.fc'))['m.cache']).toBe('buffer recognised')
    for (const report of [withVersions('', 'm'), withVersions('', 'm.fc', 'm')]) {
      expect(kindsOf(report)['m.cache']).toBe('parameter assumed')
      expect(rulesOf(report)).toEqual(['evidence/order'])
    }
  })

  it('is silent when an optimizer was not given what stands before what it was given', () => {
    // sd['head.weight'] = sd.pop('head.w') keeps _metadata and moves the entry behind the buffers.
    const parameters = [[8, 4], [8]].map((shape) => ({ name: null, shape, hasState: true }))
    const report = reportOf(
      {
        'fc.weight': ['F32', [8, 4]],
        'head.t': ['F32', [4]],
        'head.table': ['F32', [3, 3]],
        'head.bias': ['F32', [8]],
      },
      {
        order: 'registration',
        facts: { optimizers: [{ path: 'optimizer', groups: [{ parameters }] }] },
      },
    )
    expect(tensorOf(report, 'head.t').kindLevel).toBe('assumed')
    expect(tensorOf(report, 'head.table').kindLevel).toBe('assumed')
    expect(rulesOf(report)).toEqual(['evidence/order'])
  })

  it('does not reach into other modules', () => {
    const report = reportOf({ 'a.ids': ['I64', [4]], 'b.x': ['F32', [4]] }, { order: 'registration' })
    expect(kindsOf(report)['b.x']).toBe('parameter assumed')
  })
})

describe('the count equation', () => {
  const entries = {
    'fc.weight': ['F32', [10, 10]],
    final_logits_bias: ['F32', [1, 10]],
    odd: ['F32', [7]],
  } as const

  it('makes every entry a parameter when nothing is left', () => {
    const kinds = kindsOf(reportOf(entries, { facts: { totalParameters: 117 } }))
    expect(kinds).toEqual({
      'fc.weight': 'parameter deduced',
      final_logits_bias: 'parameter deduced',
      odd: 'parameter deduced',
    })
  })

  it('confirms the buffers found when exactly they are left', () => {
    const kinds = kindsOf(reportOf(entries, { facts: { totalParameters: 107 } }))
    expect(kinds).toEqual({
      'fc.weight': 'parameter deduced',
      final_logits_bias: 'buffer deduced',
      odd: 'parameter deduced',
    })
  })

  it('says nothing when the numbers do not meet', () => {
    const kinds = kindsOf(reportOf(entries, { facts: { totalParameters: 100 } }))
    expect(Object.values(kinds).some((kind) => kind.includes('deduced'))).toBe(false)
  })

  it('says nothing when the index counts more than is stored', () => {
    const kinds = kindsOf(reportOf(entries, { facts: { totalParameters: 1000 } }))
    expect(Object.values(kinds).some((kind) => kind.includes('deduced'))).toBe(false)
  })

  it('says nothing when a buffer and a parameter of one size could be swapped', () => {
    const norm = {
      'fc.weight': ['F32', [8, 8]],
      'bn.weight': ['F32', [8]],
      'bn.running_mean': ['F32', [8]],
      'bn.running_var': ['F32', [8]],
    } as const
    const kinds = kindsOf(reportOf(norm, { facts: { totalParameters: 72 } }))
    expect(Object.values(kinds).some((kind) => kind.includes('deduced'))).toBe(false)
  })

  it('counts tied tensors once', () => {
    const kinds = kindsOf(
      reportOf(
        { 'a.weight': ['F32', [10, 10]], 'b.weight': 'a.weight' },
        { facts: { totalParameters: 100 } },
      ),
    )
    expect(kinds).toEqual({ 'a.weight': 'parameter deduced', 'b.weight': 'parameter deduced' })
  })
})

describe('ties', () => {
  it('carry a declared kind to the other name, and count once', () => {
    const report = reportOf(
      { 'x.table': ['F32', [10, 4]], 'y.copy': 'x.table' },
      { facts: { declarations: new Map([['x.table', { kind: 'buffer', by: 'the manifest' }]]) } },
    )
    expect(kindsOf(report)).toEqual({ 'x.table': 'buffer declared', 'y.copy': 'buffer recognised' })
    expect(report.stateDicts[0]?.totals).toMatchObject({
      buffers: { tensors: 1, elements: 40 },
      tied: { tensors: 1, elements: 40 },
      stored: { elements: 40 },
    })
  })
})

describe('adapters', () => {
  it('takes everything in a PEFT file for trained, and says rank and targets', () => {
    const report = reportOf(
      {
        'base_model.model.h.0.q_proj.lora_A.weight': ['F32', [8, 64]],
        'base_model.model.h.0.q_proj.lora_B.weight': ['F32', [64, 8]],
        'base_model.model.h.0.v_proj.lora_A.weight': ['F32', [8, 64]],
        'base_model.model.h.0.v_proj.lora_B.weight': ['F32', [64, 8]],
      },
      { side: { adapterConfig: plainMap({ peft_type: 'LORA', r: 8, lora_alpha: 16 }) } },
    )
    expect(report.stateDicts[0]?.notes).toEqual(['LoRA adapter, rank 8, alpha 16, on q_proj, v_proj'])
    expect(tensorOf(report, 'base_model.model.h.0.q_proj.lora_A.weight')).toMatchObject({
      kind: 'parameter',
      trainable: 'yes',
      trainableLevel: 'recognised',
    })
  })

  it('finds a rank that is not the configured one', () => {
    const report = reportOf(
      {
        'base_model.model.q.lora_A.weight': ['F32', [4, 64]],
        'base_model.model.q.lora_B.weight': ['F32', [64, 4]],
      },
      { side: { adapterConfig: plainMap({ peft_type: 'LORA', r: 8 }) } },
    )
    expect(report.findings.map((f) => f.rule)).toEqual(['lora/rank'])
  })

  it('takes alpha beside lora_down for a buffer, and alpha elsewhere not', () => {
    const report = reportOf({
      'lora_unet_x.lora_down.weight': ['F32', [4, 16]],
      'lora_unet_x.lora_up.weight': ['F32', [16, 4]],
      'lora_unet_x.alpha': ['F32', []],
      'other.alpha': ['F32', []],
    })
    expect(tensorOf(report, 'lora_unet_x.alpha').kind).toBe('buffer')
    expect(tensorOf(report, 'other.alpha').kind).toBe('parameter')
  })
})

describe('a JSON report read again', () => {
  it('keeps its verdicts with levels and reasons', () => {
    const recorded = new Map([
      [
        'x',
        {
          kind: 'buffer',
          kindLevel: 'deduced',
          kindReason: 'because',
          trainable: 'no',
          trainableLevel: 'deduced',
          trainableReason: 'so',
        } as const,
      ],
    ])
    expect(tensorOf(reportOf({ x: ['F32', [3]] }, { facts: { recorded } }), 'x')).toMatchObject({
      kind: 'buffer',
      kindLevel: 'deduced',
      kindReason: 'because',
      trainableReason: 'so',
    })
  })
})

describe('tensors told by their module and what stands beside them', () => {
  const kindOf = (entries: Parameters<typeof reportOf>[0], name: string) => kindsOf(reportOf(entries))[name]

  it('are class weights in a module named as a loss, whatever its spelling', () => {
    const entries = {
      'fc.weight': ['F32', [5, 8]],
      'loss_fct.weight': ['F32', [5]],
      'seg_criterion.weight': ['F32', [5]],
      'crit_list.0.weight': ['F32', [5]],
      'clsLoss.weight': ['F32', [5]],
      'focal.alpha': ['F32', [5]],
      // Not a loss by any of its words, and as long as a dimension of the model.
      'balance.weight': ['F32', [5]],
    } as const
    for (const name of ['loss_fct.weight', 'seg_criterion.weight', 'crit_list.0.weight', 'clsLoss.weight'])
      expect(kindOf(entries, name)).toBe('buffer recognised')
    expect(kindOf(entries, 'focal.alpha')).toBe('buffer recognised')
    expect(kindOf(entries, 'balance.weight')).toBe('parameter recognised')
  })

  it('are bounds when both are there and of one shape', () => {
    const both = { 'c.lower_bound': ['F32', []], 'c.upper_bound': ['F32', []] } as const
    expect(kindOf(both, 'c.lower_bound')).toBe('buffer recognised')
    expect(kindOf({ 'c.lower_bound': ['F32', []] }, 'c.lower_bound')).toMatch(/assumed$/)
    // botorch 0.18, test_functions/synthetic.py: Cosine8.
    expect(kindOf({ 'cosine.bounds': ['F64', [2, 8]] }, 'cosine.bounds')).toBe('buffer assumed')
    expect(kindOf({ 'net.bounds': ['F32', [8]] }, 'net.bounds')).toMatch(/^parameter/)
    expect(kindOf({ 'c.lower_bound': ['F32', [3]], 'c.upper_bound': ['F32', [4]] }, 'c.lower_bound')).toMatch(
      /assumed$/,
    )
  })

  it('are settings of a prior in a module named so', () => {
    expect(kindOf({ 'm.noise_prior.rate': ['F32', []] }, 'm.noise_prior.rate')).toBe('buffer recognised')
    expect(kindOf({ 'm.noise.rate': ['F32', []] }, 'm.noise.rate')).toMatch(/assumed$/)
  })

  it('are masks by a word of their name, but for the embedding of what is masked', () => {
    expect(kindOf({ 'net.layer.mask': ['F32', [4, 4]] }, 'net.layer.mask')).toMatch(/^buffer/)
    expect(kindOf({ 'net.mask_token': ['F32', [1, 1, 4]] }, 'net.mask_token')).toMatch(/^parameter/)
  })

  it('are settings of a graph network, whose look-alikes are learnt', () => {
    // torch_geometric 2.8: LightGCN, PNA and MedianAggregation; mace 0.3.16: ScaleShiftMACE. All buffers of the live model.
    const entries = {
      alpha: ['F32', [3]],
      'embedding.weight': ['F32', [10, 8]],
    } as const
    expect(kindOf(entries, 'alpha')).toBe('buffer assumed')
    expect(kindOf({ ...entries, 'head.weight': ['F32', [4, 8]] }, 'alpha')).toMatch(/^parameter/)
    const mace = {
      'atomic_energies_fn.atomic_energies': ['F64', [1, 2]],
      'radial_embedding.bessel_fn.bessel_weights': ['F32', [8]],
      'radial_embedding.bessel_fn.r_max': ['F32', []],
      'radial_embedding.bessel_fn.prefactor': ['F32', []],
      'products.0.symmetric_contractions.contractions.0.U_matrix_1': ['F32', [4, 1]],
      'products.0.symmetric_contractions.contractions.0.weights_max': ['F32', [2, 1, 8]],
      'scale_shift.scale': ['F32', [2]],
      'scale_shift.shift': ['F32', [2]],
      // NequIP's basis, which is learnt.
      'basis.bessel_weights': ['F32', [8]],
      'block.scale_shift.scale': ['F32', [8]],
      'block.scale_shift.shift': ['F32', [8]],
    } as const
    const kinds = kindsOf(reportOf(mace))
    expect(kinds['radial_embedding.bessel_fn.bessel_weights']).toBe('buffer assumed')
    expect(kinds['products.0.symmetric_contractions.contractions.0.U_matrix_1']).toBe('buffer recognised')
    expect(kinds['products.0.symmetric_contractions.contractions.0.weights_max']).toMatch(/^parameter/)
    expect(kinds['scale_shift.scale']).toBe('buffer assumed')
    expect(kinds['scale_shift.shift']).toBe('buffer assumed')
    expect(kinds['basis.bessel_weights']).toMatch(/^parameter/)
    expect(kinds['block.scale_shift.scale']).toMatch(/^parameter/)
    const degrees = { 'aggr.avg_deg_lin': ['F32', [1]], 'aggr.avg_deg_log': ['F32', [1]] } as const
    expect(kindOf(degrees, 'aggr.avg_deg_lin')).toBe('buffer assumed')
    expect(kindOf({ 'aggr.q': ['F32', [3, 1]] }, 'aggr.q')).toBe('buffer assumed')
    expect(kindOf({ 'pool.q': ['F32', [1, 1, 64]] }, 'pool.q')).toMatch(/^parameter/)
  })

  it('are what a transform scales by, and what a loss is asked for', () => {
    // chemprop 2.3: ScaleTransform, UnscaleTransform and QuantileFFN.
    const entries = {
      'X_d_transform.mean': ['F32', [1, 2]],
      'X_d_transform.scale': ['F32', [1, 2]],
      'predictor.output_transform.mean': ['F32', [1, 1]],
      'predictor.output_transform.scale': ['F32', [1, 1]],
      'predictor.criterion.bounds': ['F32', [2, 1, 1]],
      'predictor.criterion.tau': ['F32', [2, 2, 1, 1]],
      'metrics.0.bounds': ['F32', [2, 1, 1]],
      'film.scale': ['F32', [8]],
      'encoder.transform.scale': ['F32', [8]],
    } as const
    const kinds = kindsOf(reportOf(entries))
    for (const name of Object.keys(entries).slice(0, 7))
      expect([name, kinds[name]]).toEqual([name, 'buffer assumed'])
    expect(kinds['film.scale']).toMatch(/^parameter/)
    expect(kinds['encoder.transform.scale']).toMatch(/^parameter/)
  })

  it('are a frozen bias of a router where its model keeps a Parameter of that name', () => {
    // transformers 5.24: AfmoeSparseMoeBlock, LagunaTopKRouter, Lfm2MoeSparseMoeBlock, DeepseekV3TopkRouter.
    const afmoe = {
      'layers.0.mlp.expert_bias': ['F32', [8]],
      'layers.0.mlp.router.gate.weight': ['F32', [8, 16]],
    } as const
    const lfm2 = {
      'layers.0.feed_forward.expert_bias': ['F32', [8]],
      'layers.0.feed_forward.gate.weight': ['F32', [8, 16]],
    } as const
    expect(kindOf(afmoe, 'layers.0.mlp.expert_bias')).toBe('parameter assumed')
    expect(kindOf(lfm2, 'layers.0.feed_forward.expert_bias')).toBe('buffer assumed')
    const router = {
      'layers.0.mlp.gate.weight': ['F32', [8, 16]],
      'layers.0.mlp.gate.e_score_correction_bias': ['F32', [8]],
    } as const
    const of = (model_type: string) =>
      kindsOf(reportOf(router, { side: { config: new Map([['model_type', model_type]]) } }))[
        'layers.0.mlp.gate.e_score_correction_bias'
      ]
    expect(of('laguna')).toBe('parameter assumed')
    expect(of('deepseek_v3')).toBe('buffer assumed')
  })

  it('are states of a metric where it has all of them and nothing else', () => {
    // torchmetrics 1.9: R2Score and PearsonCorrCoef, persistent(True).
    const r2 = {
      'metric.sum_squared_error': ['F32', []],
      'metric.sum_error': ['F32', []],
      'metric.residual': ['F32', []],
      'metric.total': ['I64', []],
    } as const
    for (const name of Object.keys(r2)) expect([name, kindOf(r2, name)]).toEqual([name, 'other recognised'])
    expect(kindOf({ ...r2, 'metric.weight': ['F32', [3]] }, 'metric.residual')).not.toMatch(/^other/)
    const { 'metric.sum_error': _, ...rest } = r2
    expect(kindOf(rest, 'metric.residual')).not.toMatch(/^other/)
  })

  it('are tables that N-BEATS and MiniRocket do not learn', () => {
    // pytorch-forecasting 1.8 NBeats, tsai 1.0.1 MiniRocketPlus.
    const entries = {
      'net_blocks.0.T_backcast': ['F32', [3, 8]],
      'net_blocks.0.T_forecast': ['F32', [3, 4]],
      'net_blocks.0.theta.weight': ['F32', [3, 16]],
      'net_blocks.1.S_backcast': ['F32', [4, 8]],
      'backbone.kernels': ['F32', [672, 1, 9]],
      'backbone.channel_combinations_0': ['F32', [1, 8, 84, 1]],
      'backbone.biases_0': ['F32', [84, 119]],
      'other.biases_0': ['F32', [84, 119]],
    } as const
    const kinds = kindsOf(reportOf(entries))
    expect(kinds['net_blocks.0.T_backcast']).toBe('buffer recognised')
    expect(kinds['net_blocks.0.T_forecast']).toBe('buffer recognised')
    expect(kinds['net_blocks.1.S_backcast']).toMatch(/assumed$/)
    expect(kinds['backbone.channel_combinations_0']).toBe('buffer recognised')
    expect(kinds['backbone.biases_0']).toBe('buffer recognised')
    expect(kinds['other.biases_0']).toMatch(/assumed$/)
  })

  it('are a codebook that may be learnt where the library has the choice', () => {
    const codebook = (flag: string) =>
      ({
        [`vq._codebook.${flag}`]: ['F32', [1]],
        'vq._codebook.cluster_size': ['F32', [1, 32]],
        'vq._codebook.embed': ['F32', [1, 32, 16]],
        'vq._codebook.embed_avg': ['F32', [1, 32, 16]],
      }) as const
    // vector_quantize_pytorch has learnable_codebook, EnCodec no such thing.
    expect(kindOf(codebook('initted'), 'vq._codebook.embed')).toBe('buffer assumed')
    expect(kindOf(codebook('inited'), 'vq._codebook.embed')).toBe('buffer recognised')
  })

  it('are no computed table where the module is called learnable', () => {
    expect(kindOf({ 'positional_encoding.pe': ['F32', [100, 16]] }, 'positional_encoding.pe')).toBe(
      'buffer recognised',
    )
    expect(kindOf({ 'learnable_pos.pe': ['F32', [100, 16]] }, 'learnable_pos.pe')).toMatch(/assumed$/)
  })

  it('are no affine of an EvoNorm where the three differ in shape', () => {
    const entries = { 'm.weight': ['F32', [32, 32]], 'm.bias': ['F32', [32]], 'm.v': ['F32', [32]] } as const
    expect(kindOf(entries, 'm.v')).toMatch(/assumed$/)
  })
})

describe('copies under the name of their original', () => {
  const original = {
    'backbone.conv.weight': ['F32', [8, 3, 3, 3]],
    'backbone.conv.bias': ['F32', [8]],
    'head.fc.weight': ['F32', [2, 8]],
  } as const
  const copies = {
    ema_backbone_conv_weight: ['F32', [8, 3, 3, 3]],
    ema_backbone_conv_bias: ['F32', [8]],
    ema_head_fc_weight: ['F32', [2, 8]],
  } as const

  it('are buffers: a module registers them so', () => {
    const report = reportOf({ ...original, ...copies })
    for (const name of Object.keys(copies)) expect(kindsOf(report)[name]).toBe('buffer recognised')
    expect(totalsOf(report).parameters.elements).toBe(8 * 27 + 8 + 16)
  })

  it('are not taken for copies where shapes differ, or only one name fits', () => {
    const other = {
      ...original,
      ema_backbone_conv_weight: ['F32', [8, 3, 3, 3]],
      ema_decay: ['F32', [7]],
    } as const
    expect(kindsOf(reportOf(other)).ema_backbone_conv_weight).toMatch(/assumed$/)
    const differ = Object.fromEntries(Object.keys(copies).map((name) => [name, ['F32', [9]] as const]))
    expect(kindsOf(reportOf({ ...original, ...differ })).ema_head_fc_weight).toMatch(/assumed$/)
  })
})

describe('tensors that look like those of a known library', () => {
  const kinds = (entries: Entries) => kindsOf(reportOf(entries))

  // e3nn/o3/_tensor_product/_codegen.py, e3nn/o3/_linear.py: register_buffer of all of these.
  it('knows what e3nn registers where there is nothing to learn, and its Wigner symbols', () => {
    expect(
      kinds({
        'tp.weight': ['F32', [0]],
        'tp.output_mask': ['F32', [16]],
        'tp._compiled_main._w3j_1_1_2': ['F32', [3, 3, 5]],
        'tp._compiled_main._w3j_1_1_0': ['F32', [3, 3, 3]],
        'placeholder.weight': ['F32', [0]],
      }),
    ).toMatchObject({
      'tp.weight': 'buffer recognised',
      'tp._compiled_main._w3j_1_1_2': 'buffer recognised',
      'tp._compiled_main._w3j_1_1_0': 'parameter assumed',
      'placeholder.weight': 'parameter assumed',
    })
  })

  it('takes a kernel, anchors and a centre for fixed where more than their name says so', () => {
    expect(
      kinds({
        // rosinality's StyleGAN2: `make_kernel`, a buffer. MinkowskiEngine: a Parameter [27, in, out].
        'convs.0.blur.kernel': ['F32', [4, 4]],
        'conv0.kernel': ['F32', [27, 3, 8]],
        // YOLO: a buffer [layers, anchors, 2]. Anchors [number, 4] are learnt by some detectors.
        'detect.anchors': ['F32', [3, 3, 2]],
        'detect.m.weight': ['F32', [27, 16, 1, 1]],
        'decoder.anchors': ['F32', [300, 4]],
        'decoder.fc.weight': ['F32', [8, 4]],
        'dino_loss.center': ['F32', [1, 64]],
        'cluster.center': ['F32', [1, 64]],
        'generator.noises.noise_0': ['F32', [1, 1, 4, 4]],
        'rpn.cell_anchors.0': ['F32', [3, 4]],
      }),
    ).toMatchObject({
      'convs.0.blur.kernel': 'buffer recognised',
      'conv0.kernel': 'buffer assumed',
      'detect.anchors': 'buffer recognised',
      'decoder.anchors': 'buffer assumed',
      'dino_loss.center': 'buffer recognised',
      'cluster.center': 'buffer assumed',
      'generator.noises.noise_0': 'buffer recognised',
      'rpn.cell_anchors.0': 'buffer recognised',
    })
  })

  it('knows no more than a guess of a parametrised tensor that may have been a buffer', () => {
    expect(
      kinds({
        'a.parametrizations.weight.original': ['F32', [8, 8]],
        'b.parametrizations.cov.original': ['F32', [8, 8]],
      }),
    ).toEqual({
      'a.parametrizations.weight.original': 'parameter recognised',
      'b.parametrizations.cov.original': 'parameter assumed',
    })
  })

  it('knows the priors and the noise of a Bayesian layer beside its mean and rho', () => {
    const layer = Object.fromEntries(
      ['mu_weight', 'rho_weight', 'eps_weight', 'prior_weight_mu', 'prior_weight_sigma'].map((leaf) => [
        `0.${leaf}`,
        ['F32', [8, 4]] as const,
      ]),
    )
    expect(kinds(layer)).toMatchObject({
      '0.eps_weight': 'buffer recognised',
      '0.prior_weight_mu': 'buffer recognised',
      '0.prior_weight_sigma': 'buffer recognised',
    })
  })
})

describe('position tables of modules that cut patches', () => {
  const owner = (name: string, leaf: string): Entries => ({
    [`${name}.${leaf}`]: ['F32', [1, 256, 64]],
    [`${name}.proj.weight`]: ['F32', [64, 16, 2, 2]],
    [`${name}.proj.bias`]: ['F32', [64]],
  })

  it("are buffers of diffusers where the module is called so, and anybody's elsewhere", () => {
    // diffusers 0.42: PatchEmbed, CogVideoXPatchEmbed register theirs as buffers.
    const kinds = kindsOf(
      reportOf({ ...owner('patch_embed', 'pos_embedding'), ...owner('own', 'pos_embed') }),
    )
    expect(kinds['patch_embed.pos_embedding']).toBe('buffer recognised')
    expect(kinds['own.pos_embed']).toContain('assumed')
  })

  it('are learnt where the convolution is in a module of its own, as in vision transformers', () => {
    const kinds = kindsOf(
      reportOf({
        pos_embed: ['F32', [1, 257, 64]],
        'patch_embed.proj.weight': ['F32', [64, 3, 16, 16]],
        'patch_embed.proj.bias': ['F32', [64]],
      }),
    )
    expect(kinds.pos_embed).toBe('parameter recognised')
  })
})
