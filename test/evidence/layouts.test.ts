import { describe, expect, it } from 'vitest'
import { type Entries, kindsOf, reportOf, tensorOf, totalsOf } from '../helpers/checkpoint.ts'

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
  })

  it('takes them for those of torch < 0.4.1 where no norm has the counter, but in the backbone of a detector', () => {
    const norm = (name: string): Entries => ({
      [`${name}.weight`]: ['F32', [64]],
      [`${name}.bias`]: ['F32', [64]],
      [`${name}.running_mean`]: ['F32', [64]],
      [`${name}.running_var`]: ['F32', [64]],
    })
    // resnet18-5c106cde.pth of torchvision, in safetensors: parameters of it are trained.
    const old = reportOf({
      'conv1.weight': ['F32', [64, 3, 7, 7]],
      ...norm('bn1'),
      'fc.weight': ['F32', [10, 64]],
    })
    expect(kindsOf(old)).toMatchObject({
      'bn1.weight': 'parameter assumed',
      'bn1.bias': 'parameter assumed',
      'bn1.running_mean': 'buffer recognised',
    })
    expect(totalsOf(old).parameters.elements).toBe(64 * 3 * 49 + 128 + 640)
    expect(classesOf(old)).toMatchObject({ bn1: 'BatchNorm2d|FrozenBatchNorm2d 64' })
    const detector = reportOf({ ...norm('backbone.body.bn1'), 'transformer.x.weight': ['F32', [4, 4]] })
    expect(kindsOf(detector)['backbone.body.bn1.weight']).toBe('buffer assumed')
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

  it('takes one input channel for depthwise where the layer before has as many outputs, and only there', () => {
    const block: Entries = {
      'features.0.weight': ['F32', [32, 1, 3, 3]],
      'features.1.weight': ['F32', [32]],
      'features.1.bias': ['F32', [32]],
      'features.3.weight': ['F32', [32, 1, 3, 3]],
      'features.4.weight': ['F32', [16, 32, 1, 1]],
      'features.10.weight': ['F32', [32, 1, 5, 5]],
    }
    const expected = {
      'features.0': 'Conv2d 1→32 3×3',
      'features.3': 'Conv2d 32 depthwise 3×3',
      'features.10': 'Conv2d 1→32 5×5',
    }
    expect(classesOf(reportOf(block, { order: 'registration' }))).toMatchObject(expected)
    // As safetensors sorts them: 10 before 3.
    const sorted = Object.fromEntries(Object.entries(block).sort(([a], [b]) => (a < b ? -1 : 1)))
    expect(classesOf(reportOf(sorted, { order: 'unrecorded' }))).toMatchObject(expected)
  })

  it('names both classes where shapes and names leave both open', () => {
    expect(
      classesOf(
        reportOf({
          'mask.weight': ['F32', [256, 256, 2, 2]],
          'mask.bias': ['F32', [256]],
          'body.weight': ['F32', [256, 256, 3, 3]],
          'body.bias': ['F32', [256]],
          'deconv.weight': ['F32', [64, 32, 3, 3]],
          'label_embedding.weight': ['F32', [10, 64]],
          'embed_tokens.weight': ['F32', [10, 64]],
          'mlp.gate.weight': ['F32', [8, 64]],
          'mlp.experts.0.up_proj.weight': ['F32', [16, 64]],
          'act.prelu.weight': ['F32', [64]],
          'mlp.grn.weight': ['F32', [64]],
          'mlp.grn.bias': ['F32', [64]],
        }),
      ),
    ).toMatchObject({
      mask: 'Conv2d|ConvTranspose2d 256→256 2×2',
      body: 'Conv2d 256→256 3×3',
      deconv: 'Conv2d|ConvTranspose2d 32→64 3×3',
      label_embedding: 'Linear|Embedding 10×64',
      embed_tokens: 'Embedding 10×64',
      'mlp.gate': 'Linear|TopKRouter 64→8',
      'act.prelu': 'PReLU 64',
    })
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
      'vision.dw': 'Conv2d 1→96 7×7',
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

  // Shapes as torch 2.15 gives them: nn.LSTM(16, 24, 2, bidirectional=True), nn.LSTM(16, 24, proj_size=8), nn.GRU(16, 24).
  it('says which recurrent layers run both ways, and what is projected', () => {
    const lstm = { weight_ih_l0: [96, 16], weight_hh_l0: [96, 24], bias_ih_l0: [96], bias_hh_l0: [96] }
    const second = { weight_ih_l1: [96, 48], weight_hh_l1: [96, 24], bias_ih_l1: [96], bias_hh_l1: [96] }
    const named = (path: string, of: Record<string, number[]>, ending = ''): Entries =>
      Object.fromEntries(
        Object.entries(of).map(([name, shape]) => [`${path}.${name}${ending}`, ['F32', shape] as const]),
      )
    const report = reportOf({
      ...named('both', { ...lstm, ...second }),
      ...named('both', { ...lstm, ...second }, '_reverse'),
      ...named('gru', { weight_ih_l0: [72, 16], weight_hh_l0: [72, 24] }),
      ...named('gru', { weight_ih_l0: [72, 16], weight_hh_l0: [72, 24] }, '_reverse'),
      ...named('projected', { weight_ih_l0: [96, 16], weight_hh_l0: [96, 8], weight_hr_l0: [8, 24] }),
      ...named('odd', { weight_ih_l0: [48, 16], weight_hh_l0: [48, 24] }),
    })
    expect(classesOf(report)).toEqual({
      both: 'LSTM 16→24 ×2 bidirectional',
      gru: 'GRU 16→24 bidirectional',
      projected: 'LSTM 16→24→8',
    })
  })

  it('leaves open whether a norm is grouped without convolutions too, where names or nothing around tell', () => {
    expect(
      classesOf(
        reportOf({
          // diffusers' AnimateDiff: GroupNorm, proj_in, blocks with a LayerNorm each, proj_out.
          'motion.norm.weight': ['F32', [320]],
          'motion.norm.bias': ['F32', [320]],
          'motion.proj_in.weight': ['F32', [320, 320]],
          'motion.proj_out.weight': ['F32', [320, 320]],
          'motion.blocks.0.norm1.weight': ['F32', [320]],
          'motion.blocks.0.norm1.bias': ['F32', [320]],
          'motion.blocks.0.group_norm.weight': ['F32', [320]],
          'motion.blocks.0.group_norm.bias': ['F32', [320]],
          'other.norm.weight': ['F32', [7]],
          'other.norm.bias': ['F32', [7]],
        }),
      ),
    ).toMatchObject({
      'motion.norm': 'LayerNorm|GroupNorm 320',
      'motion.blocks.0.norm1': 'LayerNorm 320',
      'motion.blocks.0.group_norm': 'LayerNorm|GroupNorm 320',
      'other.norm': 'LayerNorm|GroupNorm 7',
    })
  })

  it('names the layer whose weight is reparametrised', () => {
    const report = reportOf({
      'wn.weight_g': ['F32', [8, 1]],
      'wn.weight_v': ['F32', [8, 4]],
      'wn.bias': ['F32', [8]],
      'conv.weight_g': ['F32', [8, 1, 1]],
      'conv.weight_v': ['F32', [8, 4, 3]],
      'conv.bias': ['F32', [8]],
      'up.weight_g': ['F32', [8, 1, 1]],
      'up.weight_v': ['F32', [8, 4, 4]],
      'up.bias': ['F32', [4]],
      'sn.weight_orig': ['F32', [8, 4, 3, 3]],
      'sn.weight_u': ['F32', [8]],
      'sn.weight_v': ['F32', [36]],
      'sn.bias': ['F32', [8]],
      'new.bias': ['F32', [8]],
      'new.parametrizations.weight.original0': ['F32', [8, 1]],
      'new.parametrizations.weight.original1': ['F32', [8, 4]],
      'bare.parametrizations.weight.original': ['F32', [8, 4, 3, 3]],
      'blocks.0.fc1.parametrizations.weight.original': ['F32', [16, 4]],
    })
    expect(classesOf(report)).toMatchObject({
      bare: 'Conv2d 4→8 3×3, parametrised',
      'blocks.0.fc1': 'Linear 4→16, parametrised',
      wn: 'Linear 4→8, weight norm',
      conv: 'Conv1d 4→8 3, weight norm',
      up: 'ConvTranspose1d 8→4 4, weight norm',
      sn: 'Conv2d 4→8 3×3, spectral norm',
      new: 'Linear 4→8, parametrised',
    })
  })

  it('leaves open, or names none, where nothing decides the class', () => {
    const report = reportOf({
      // A decoder of odd kernels: the second can be nothing but transposed, and the first is in one list with it.
      'layers.0.weight': ['F32', [64, 64, 5, 5]],
      'layers.0.bias': ['F32', [64]],
      'layers.2.weight': ['F32', [64, 32, 5, 5]],
      'layers.2.bias': ['F32', [32]],
      // A norm after it tells the outputs: DCGAN's discriminator and generator.
      'd.2.weight': ['F32', [128, 64, 4, 4]],
      'd.3.weight': ['F32', [128]],
      'd.3.bias': ['F32', [128]],
      'g.0.weight': ['F32', [100, 512, 4, 4]],
      'g.1.weight': ['F32', [512]],
      'g.1.bias': ['F32', [512]],
      'g.12.weight': ['F32', [64, 3, 4, 4]],
      'up_blocks.0.conv1.weight': ['F32', [64, 1, 7, 7]],
      'up_blocks.0.conv1.bias': ['F32', [64]],
      'body.conv.weight': ['F32', [64, 64, 3, 3]],
      'body.conv.bias': ['F32', [64]],
      // Among convolutions, however far: GroupNorm of a diffusion model, InstanceNorm of a restorer.
      'mid.attentions.0.norm.weight': ['F32', [64]],
      'mid.attentions.0.norm.bias': ['F32', [64]],
      'mid.attentions.0.layer_norm.weight': ['F32', [64]],
      'mid.attentions.0.layer_norm.bias': ['F32', [64]],
      'mid.attentions.0.to_q.weight': ['F32', [64, 64]],
      'mid.norms.0.norm_layer.weight': ['F32', [64]],
      'mid.norms.0.norm_layer.bias': ['F32', [64]],
      // A projection of 1,024 and more rows that is called an embedder, and a table that is called embedding.
      'context_embedder.weight': ['F32', [3072, 2048]],
      'label_embedding.weight': ['F32', [3072, 2048]],
      // Linear, then a batch norm, in a list, beside convolutions.
      'matcher.0.weight': ['F32', [512, 128]],
      'matcher.0.bias': ['F32', [512]],
      'matcher.1.running_mean': ['F32', [512]],
      'matcher.1.running_var': ['F32', [512]],
      'matcher.1.num_batches_tracked': ['I64', []],
      'matcher.1.weight': ['F32', [512]],
      'matcher.1.bias': ['F32', [512]],
      // Matrices side by side, one for each group: [groups, in, out] and [groups · out].
      'gates.weight': ['F32', [8, 4, 12]],
      'gates.bias': ['F32', [96]],
      'multi_head.lin_k.weight': ['F32', [4, 8, 8]],
      'multi_head.lin_k.bias': ['F32', [32]],
      // Kept the other way round by somebody's own layer.
      'edge_lin.weight': ['F32', [20, 32]],
      'edge_lin.bias': ['F32', [32]],
      'gc1.weight': ['F32', [32, 32]],
      'gc1.bias': ['F32', [32]],
      'gate.hidden_weight.weight': ['F32', [16, 16]],
      'pool.select.weight': ['F32', [1, 32]],
      'net.layer0.weight': ['F32', [3, 64]],
      'net.layer1.weight': ['F32', [64, 16]],
      'mha.in_proj_weight': ['F32', [96, 32]],
      'mha.pos_bias_u': ['F32', [8, 4]],
      'mha.out_proj.weight': ['F32', [32, 32]],
      'criterion.weight': ['F32', [10]],
      'body.instance.running_mean': ['F32', [64]],
      'body.instance.running_var': ['F32', [64]],
      'body.instance.num_batches_tracked': ['I64', []],
    })
    expect(classesOf(report)).toEqual({
      'layers.0': 'Conv2d|ConvTranspose2d 64→64 5×5',
      'layers.2': 'ConvTranspose2d 64→32 5×5',
      'd.2': 'Conv2d 64→128 4×4',
      'd.3': 'GroupNorm|LayerNorm|InstanceNorm2d|InstanceNorm1d|RMSNorm 128',
      'g.0': 'ConvTranspose2d 100→512 4×4',
      'g.1': 'GroupNorm|LayerNorm|InstanceNorm2d|InstanceNorm1d|RMSNorm 512',
      'g.12': 'Conv2d|ConvTranspose2d 3→64 4×4',
      'up_blocks.0.conv1': 'Conv2d|ConvTranspose2d 1→64 7×7',
      'body.conv': 'Conv2d 64→64 3×3',
      'mid.attentions.0.norm': 'LayerNorm|GroupNorm|InstanceNorm2d|InstanceNorm1d|RMSNorm 64',
      'mid.attentions.0.layer_norm': 'LayerNorm 64',
      'mid.attentions.0.to_q': 'Linear 64→64',
      'mid.norms.0.norm_layer': 'LayerNorm|GroupNorm|InstanceNorm2d|InstanceNorm1d|RMSNorm 64',
      context_embedder: 'Linear|Embedding 3072×2048',
      label_embedding: 'Embedding 3072×2048',
      'matcher.0': 'Linear 128→512',
      'matcher.1': 'BatchNorm1d 512',
      'mha.out_proj': 'Linear 32→32',
      'body.instance': 'BatchNorm2d|InstanceNorm2d 64',
    })
  })

  it('does not take a name that says LayerNorm for it where others have used it', () => {
    const classes = classesOf(
      reportOf({
        // transformers' MobileViTV2: a GroupNorm among convolutions, however deep.
        'vit.layer.0.layernorm_before.weight': ['F32', [128]],
        'vit.layer.0.layernorm_before.bias': ['F32', [128]],
        'vit.layer.0.attention.qkv_proj.convolution.weight': ['F32', [257, 128, 1, 1]],
        // A vision transformer, whose layers have matrices.
        'clip.post_layernorm.weight': ['F32', [128]],
        'clip.post_layernorm.bias': ['F32', [128]],
        'clip.embeddings.patch_embedding.weight': ['F32', [128, 3, 16, 16]],
        'clip.encoder.layers.0.self_attn.q_proj.weight': ['F32', [128, 128]],
        // MobileBERT's NoNorm.
        'bert.layer.0.bottleneck.input.LayerNorm.weight': ['F32', [128]],
        'bert.layer.0.bottleneck.input.LayerNorm.bias': ['F32', [128]],
        'bert.layer.0.output.dense.weight': ['F32', [128, 128]],
        'bert.layer.0.output.LayerNorm.weight': ['F32', [128]],
        'bert.layer.0.output.LayerNorm.bias': ['F32', [128]],
        // A router with a bias (gpt-oss), queries that are rows (EoMT).
        'mlp.router.weight': ['F32', [32, 128]],
        'mlp.router.bias': ['F32', [32]],
        'mlp.experts.up': ['F32', [32, 128, 4]],
        'query.weight': ['F32', [200, 128]],
      }),
    )
    expect(classes['vit.layer.0.layernorm_before']).toContain('GroupNorm')
    expect(classes).toMatchObject({
      'clip.post_layernorm': 'LayerNorm 128',
      'bert.layer.0.output.LayerNorm': 'NoNorm|LayerNorm 128',
      'mlp.router': 'Linear|TopKRouter 128→32',
      query: 'Linear|Embedding 200×128',
    })
  })

  it('knows the scale of a quantised layer by its integral zero point', () => {
    // torch.ao.nn.quantized.BatchNorm2d; the zero point of what learns its scale is a float.
    const report = reportOf({
      'bn.weight': ['F32', [16]],
      'bn.bias': ['F32', [16]],
      'bn.running_mean': ['F32', [16]],
      'bn.running_var': ['F32', [16]],
      'bn.num_batches_tracked': ['I64', []],
      'bn.scale': ['F32', []],
      'bn.zero_point': ['I64', []],
      'learnt.scale': ['F32', [1]],
      'learnt.zero_point': ['F32', [1]],
    })
    expect(kindsOf(report)).toMatchObject({
      'bn.weight': 'parameter recognised',
      'bn.scale': 'buffer recognised',
      'bn.zero_point': expect.stringContaining('buffer'),
      'learnt.scale': expect.stringContaining('assumed'),
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

  it('takes what a loss and its metric are asked for, and weigh tasks with, for no scale of an attention', () => {
    // chemprop 2: MPNN with QuantileFFN; all of these are buffers of the live model.
    const kinds = kindsOf(
      reportOf({
        'predictor.ffn.0.0.weight': ['F32', [16, 16]],
        'predictor.criterion.task_weights': ['F32', [1, 1]],
        'predictor.criterion.bounds': ['F32', [2, 1, 1]],
        'predictor.criterion.tau': ['F32', [2, 2, 1, 1]],
        'metrics.0.task_weights': ['F32', [1, 1]],
        'metrics.0.bounds': ['F32', [2, 1, 1]],
        'metrics.0.tau': ['F32', [2, 2, 1, 1]],
      }),
    )
    for (const name of ['criterion.tau', 'criterion.bounds', 'criterion.task_weights'])
      expect([name, kinds[`predictor.${name}`]]).not.toEqual([name, 'parameter recognised'])
    expect(kinds['metrics.0.tau']).toBe('buffer assumed')
    expect(kinds['predictor.criterion.task_weights']).toBe('buffer assumed')
    expect(kinds['metrics.0.task_weights']).toBe('buffer assumed')
  })

  it('names no class for what has the shapes of one and is called as none', () => {
    const classes = classesOf(
      reportOf({
        // tsai 1.0.1 RevIN; neuraloperator 2.0 SoftGating; pytorch-forecasting 1.8 MultiEmbedding: Embedding(2, 1).
        'model.revin_layer.weight': ['F32', [1, 8, 1]],
        'model.revin_layer.bias': ['F32', [1, 8, 1]],
        'blocks.channel_mlp_skips.0.weight': ['F32', [1, 16, 1, 1]],
        'blocks.skip.weight': ['F32', [1, 16, 1, 1]],
        'blocks.conv.weight': ['F32', [1, 16, 1, 1]],
        'input_embeddings.embeddings.k.weight': ['F32', [2, 1]],
        'attention.k.weight': ['F32', [16, 16]],
      }),
    )
    expect(classes['model.revin_layer'] ?? '').toBe('')
    expect(classes['blocks.skip'] ?? '').toBe('')
    expect(classes['blocks.conv']).toBe('Conv2d 16→1 1×1')
    expect(classes['input_embeddings.embeddings.k']).toMatch(/^Linear\|Embedding/)
    expect(classes['attention.k']).toBe('Linear 16→16')
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
    expect(kindsOf(reportOf({ 'q.embed': ['F32', [1024, 128]] }))['q.embed']).toMatch(/assumed$/)
  })

  it('knows what depends on a constructor flag to be an assumption', () => {
    const report = reportOf({ 'shared_image_embedding.positional_embedding': ['F32', [2, 128]] })
    expect(tensorOf(report, 'shared_image_embedding.positional_embedding').kindLevel).toBe('assumed')
  })
})
