import { describe, expect, it } from 'vitest'
import { kindsOf, reportOf, tensorOf } from '../helpers/checkpoint.ts'

const classesOf = (report: ReturnType<typeof reportOf>) =>
  Object.fromEntries(
    (report.stateDicts[0]?.modules ?? []).map((m) => [m.path, `${m.classes.join('|')} ${m.detail}`.trim()]),
  )

// Kinds as torch 2.15 registers them: torch/nn/modules/*.py.
describe('layouts of torch.nn', () => {
  it('knows a batch norm by its statistics and counter', () => {
    const report = reportOf({
      'conv.weight': ['F32', [64, 3, 7, 7]],
      'bn.weight': ['F32', [64]],
      'bn.bias': ['F32', [64]],
      'bn.running_mean': ['F32', [64]],
      'bn.running_var': ['F32', [64]],
      'bn.num_batches_tracked': ['I64', []],
    })
    expect(kindsOf(report)).toEqual({
      'conv.weight': 'parameter recognised',
      'bn.weight': 'parameter recognised',
      'bn.bias': 'parameter recognised',
      'bn.running_mean': 'buffer recognised',
      'bn.running_var': 'buffer recognised',
      'bn.num_batches_tracked': 'buffer recognised',
    })
    expect(classesOf(report)).toEqual({ conv: 'Conv2d 3→64 7×7', bn: 'BatchNorm2d 64' })
  })

  it('takes running statistics without the counter that others have for a frozen batch norm', () => {
    const frozen = {
      'bn1.weight': ['F32', [64]],
      'bn1.bias': ['F32', [64]],
      'bn1.running_mean': ['F32', [64]],
      'bn1.running_var': ['F32', [64]],
    } as const
    const kinds = kindsOf(reportOf({ ...frozen, 'bn2.num_batches_tracked': ['I64', []] }))
    for (const name of Object.keys(frozen)) expect(kinds[name]).toBe('buffer recognised')
    // torch < 0.4.1 had no counter, and its files were written again since: where none has it, that is assumed.
    expect(kindsOf(reportOf(frozen))['bn1.weight']).toBe('buffer assumed')
  })

  it('takes the same layout in a legacy torch file for a batch norm of torch < 0.4.1', () => {
    const report = reportOf(
      {
        'bn1.weight': ['F32', [64]],
        'bn1.bias': ['F32', [64]],
        'bn1.running_mean': ['F32', [64]],
        'bn1.running_var': ['F32', [64]],
      },
      { facts: { isOldLayout: true } },
    )
    expect(kindsOf(report)['bn1.weight']).toBe('parameter recognised')
    expect(kindsOf(report)['bn1.running_mean']).toBe('buffer recognised')
  })

  it('does not take statistics of another length for a batch norm', () => {
    const report = reportOf({ 'x.running_mean': ['F32', [64]], 'x.running_var': ['F32', [32]] })
    expect(classesOf(report)).toEqual({})
  })

  it('wants whole names: weightrunning_mean is no running mean', () => {
    const report = reportOf({ 'x.weightrunning_mean': ['F32', [4]], 'x.weightrunning_var': ['F32', [4]] })
    expect(kindsOf(report)['x.weightrunning_mean']).toBe('parameter assumed')
  })

  it('gives Linear, Embedding, norms and convolutions their dimensions', () => {
    const report = reportOf({
      'fc.weight': ['F32', [3072, 768]],
      'fc.bias': ['F32', [3072]],
      'wte.weight': ['F32', [50257, 768]],
      'ln_f.weight': ['F32', [768]],
      'ln_f.bias': ['F32', [768]],
      'input_layernorm.weight': ['F32', [768]],
      'something.weight': ['F32', [10, 10]],
      'h.0.attn.c_attn.weight': ['F32', [768, 2304]],
      'h.0.attn.c_attn.bias': ['F32', [2304]],
      'vision.up.weight': ['F32', [64, 32, 2, 2]],
      'vision.up.bias': ['F32', [32]],
      'vision.dw.weight': ['F32', [96, 1, 7, 7]],
    })
    expect(classesOf(report)).toEqual({
      fc: 'Linear 768→3072',
      wte: 'Embedding 50257×768',
      ln_f: 'LayerNorm 768',
      input_layernorm: 'RMSNorm|LayerNorm 768',
      something: 'Linear|Embedding 10×10',
      'h.0.attn.c_attn': 'Conv1D 768→2304',
      'vision.up': 'ConvTranspose2d 64→32 2×2',
      'vision.dw': 'Conv2d 96 depthwise 7×7',
    })
    expect(new Set(Object.values(kindsOf(report)))).toEqual(new Set(['parameter recognised']))
  })

  it('knows recurrent layers and attention by their joint weights', () => {
    const report = reportOf({
      'rnn.weight_ih_l0': ['F32', [96, 16]],
      'rnn.weight_hh_l0': ['F32', [96, 24]],
      'rnn.bias_ih_l0': ['F32', [96]],
      'rnn.bias_hh_l0': ['F32', [96]],
      'cell.weight_ih': ['F32', [72, 16]],
      'cell.weight_hh': ['F32', [72, 24]],
      'mha.in_proj_weight': ['F32', [96, 32]],
      'mha.in_proj_bias': ['F32', [96]],
      'mha.out_proj.weight': ['F32', [32, 32]],
      'mha.out_proj.bias': ['F32', [32]],
    })
    expect(classesOf(report)).toMatchObject({
      rnn: 'LSTM 16→24',
      cell: 'GRUCell 16→24',
      mha: 'MultiheadAttention 32',
    })
    expect(new Set(Object.values(kindsOf(report)))).toEqual(new Set(['parameter recognised']))
  })

  it('tells weight_v of weight norm, a parameter, from weight_v of spectral norm, a buffer', () => {
    const report = reportOf({
      'wn.weight_g': ['F32', [8, 1]],
      'wn.weight_v': ['F32', [8, 4]],
      'wn.bias': ['F32', [8]],
      'sn.weight_orig': ['F32', [8, 4]],
      'sn.weight_u': ['F32', [8]],
      'sn.weight_v': ['F32', [4]],
      'sn.bias': ['F32', [8]],
      'pr.weight_orig': ['F32', [8, 4]],
      'pr.weight_mask': ['F32', [8, 4]],
    })
    expect(kindsOf(report)).toEqual({
      'wn.weight_g': 'parameter recognised',
      'wn.weight_v': 'parameter recognised',
      'wn.bias': 'parameter recognised',
      'sn.weight_orig': 'parameter recognised',
      'sn.weight_u': 'buffer recognised',
      'sn.weight_v': 'buffer recognised',
      'sn.bias': 'parameter recognised',
      'pr.weight_orig': 'parameter recognised',
      'pr.weight_mask': 'buffer recognised',
    })
  })

  it('knows parametrised tensors', () => {
    const report = reportOf({
      'c.bias': ['F32', [8]],
      'c.parametrizations.weight.original': ['F32', [8, 4]],
      'c.parametrizations.weight.0._u': ['F32', [8]],
      'c.parametrizations.weight.0._v': ['F32', [4]],
    })
    expect(kindsOf(report)).toEqual({
      'c.bias': 'parameter recognised',
      'c.parametrizations.weight.original': 'parameter recognised',
      'c.parametrizations.weight.0._u': 'buffer recognised',
      'c.parametrizations.weight.0._v': 'buffer recognised',
    })
  })

  it('takes the class weights of a loss for a buffer', () => {
    const report = reportOf({
      'criterion.weight': ['F32', [10]],
      'head.weight': ['F32', [10, 4]],
      'loss_fn.pos_weight': ['F32', [10]],
    })
    expect(kindsOf(report)).toMatchObject({
      'criterion.weight': 'buffer recognised',
      'loss_fn.pos_weight': 'buffer recognised',
    })
  })

  it('tells fake quantisers with learnt scales from observed ones', () => {
    const fake = (extra: object) =>
      ({
        'f.scale': ['F32', [1]],
        'f.zero_point': ['F32', [1]],
        'f.fake_quant_enabled': ['U8', [1]],
        ...extra,
      }) as const
    expect(kindsOf(reportOf(fake({ 'f.observer_enabled': ['U8', [1]] })))['f.scale']).toBe(
      'buffer recognised',
    )
    expect(kindsOf(reportOf(fake({ 'f.learning_enabled': ['U8', [1]] })))['f.scale']).toBe(
      'parameter recognised',
    )
  })
})

describe('tensors of known libraries', () => {
  it('sees the causal mask behind the name bias in GPT-2', () => {
    const report = reportOf({
      'h.0.attn.bias': ['F32', [1, 1, 1024, 1024]],
      'h.0.attn.masked_bias': ['F32', []],
      'h.0.attn.c_attn.weight': ['F32', [768, 2304]],
      'h.0.attn.c_attn.bias': ['F32', [2304]],
    })
    expect(kindsOf(report)).toMatchObject({
      'h.0.attn.bias': 'buffer recognised',
      'h.0.attn.masked_bias': 'buffer recognised',
      'h.0.attn.c_attn.bias': 'parameter recognised',
    })
  })

  it('does not take the bias of a leaf module for a mask', () => {
    const report = reportOf({ 'grn.weight': ['F32', [1, 1, 1, 96]], 'grn.bias': ['F32', [1, 1, 1, 96]] })
    expect(kindsOf(report)['grn.bias']).toBe('parameter recognised')
  })

  it('takes every piece of an averaged codebook for a buffer, the embedding too', () => {
    const report = reportOf({
      'q.codebook.embed': ['F32', [1024, 128]],
      'q.codebook.embed_avg': ['F32', [1024, 128]],
      'q.codebook.cluster_size': ['F32', [1024]],
      'q.codebook.inited': ['F32', [1]],
    })
    expect(new Set(Object.values(kindsOf(report)))).toEqual(new Set(['buffer recognised']))
  })

  it('does not recognise by a name alone: a codebook without its statistics is assumed', () => {
    expect(kindsOf(reportOf({ 'q.embed': ['F32', [1024, 128]] }))['q.embed']).toBe('parameter assumed')
  })

  it('knows what depends on a constructor flag to be an assumption', () => {
    const report = reportOf({ 'shared_image_embedding.positional_embedding': ['F32', [2, 128]] })
    expect(tensorOf(report, 'shared_image_embedding.positional_embedding').kindLevel).toBe('assumed')
  })
})
