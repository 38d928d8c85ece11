import { type CatalogueEntry, rank } from './entry.ts'

/** Buffers that transformers models register as persistent (src/transformers/models, `register_buffer`). */
export const transformers: readonly CatalogueEntry[] = [
  {
    tensors: ['expert_bias'],
    kind: 'parameter',
    what: 'load-balancing bias [experts] of AFMoE, a Parameter with requires_grad=False',
    level: 'assumed',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      view.only('expert_bias') &&
      view.child('router')?.child('gate') !== undefined,
  },
  {
    tensors: ['expert_bias'],
    kind: 'buffer',
    what: 'load-balancing bias [experts] of a router, a buffer in most families and a Parameter in some',
    fits: rank(1),
    level: 'assumed',
  },
  {
    tensors: ['layer_scalar'],
    kind: 'buffer',
    what: 'constant output scale of a Gemma 4 layer',
    fits: (own, view) => own.tensor.elements === 1 && !view.isLeaf,
  },
  {
    tensors: ['final_logits_bias'],
    kind: 'buffer',
    what: 'final_logits_bias [1, vocabulary] of the BART family',
    fits: (own, _view, around) =>
      own.tensor.shape.length === 2 &&
      own.tensor.shape[0] === 1 &&
      around.lengths.has(own.tensor.shape[1] ?? 0),
  },
  {
    tensors: ['balancing_biases'],
    kind: 'buffer',
    what: 'load-balancing bias [experts] of a mixture-of-experts router',
    fits: rank(1),
  },
  {
    tensors: ['e_score_correction_bias'],
    kind: 'parameter',
    what: 'load-balancing bias [experts] of Laguna, a Parameter with requires_grad=False',
    level: 'assumed',
    fits: (own, _view, around) => own.tensor.shape.length === 1 && around.modelType === 'laguna',
  },
  {
    tensors: ['e_score_correction_bias'],
    kind: 'buffer',
    what: 'load-balancing bias [experts] of a router: a buffer in transformers, a Parameter in the code DeepSeek published',
    fits: rank(1),
    level: 'assumed',
  },
  { tensors: ['tid2eid'], kind: 'buffer', what: 'token to expert table of a hash router', fits: rank(2) },
  {
    tensors: ['e_score_correction_bias'],
    kind: 'parameter',
    what: 'correction bias [1, experts] of Ernie 4.5, a Parameter with requires_grad=False',
    fits: rank(2),
  },
  { tensors: ['empty_weight'], kind: 'buffer', what: 'class weights of a set criterion', fits: rank(1) },
  {
    tensors: ['num_points_scale', 'n_points_scale'],
    kind: 'buffer',
    what: 'point scale of deformable attention (D-FINE, RT-DETR v2)',
    fits: rank(1),
  },
  {
    tensors: ['global_mean', 'global_invstd'],
    kind: 'buffer',
    what: 'feature statistics of an audio front end',
    fits: (_own, view) => view.has('global_mean', 'global_invstd'),
  },
  {
    tensors: ['norm_mean', 'norm_std'],
    kind: 'buffer',
    what: 'pixel statistics of an input conditioner',
    fits: (_own, view) => view.has('norm_mean', 'norm_std'),
  },
  {
    tensors: ['mean', 'scale'],
    kind: 'buffer',
    what: 'spectrogram statistics of a HiFi-GAN vocoder',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      view.has('mean', 'scale') &&
      view.shape('mean')?.[0] === view.shape('scale')?.[0] &&
      view.child('upsampler') !== undefined,
  },
  {
    tensors: ['beta', 'eps'],
    kind: 'buffer',
    what: 'constants of an xIELU activation',
    fits: (own, view) => own.tensor.elements === 1 && view.has('alpha_n', 'alpha_p'),
  },
  {
    tensors: ['x_min', 'x_max', 'act_scaling_factor'],
    kind: 'buffer',
    what: 'activation range of an I-BERT quantised activation',
    fits: (_own, view) => view.has('x_min', 'x_max', 'act_scaling_factor'),
  },
  {
    tensors: [
      'weight_integer',
      'bias_integer',
      'fc_scaling_factor',
      'weight_scaling_factor',
      'conv_scaling_factor',
    ],
    kind: 'buffer',
    what: 'integer copy or scale of an I-BERT quantised layer',
    fits: (_own, view) => view.has('weight_integer'),
  },
  {
    tensors: ['shift'],
    kind: 'buffer',
    what: 'shift of an I-BERT integer layer norm',
    fits: (own, view) => own.tensor.elements === 1 && view.has('weight', 'bias', 'shift'),
  },
  {
    tensors: ['slope_rate', 'query_decay', 'key_decay', 'diagonal_decay'],
    kind: 'buffer',
    what: 'decay of lightning attention',
    fits: (_own, view) => view.has('slope_rate'),
  },
  { tensors: ['attn_mask_probs'], kind: 'buffer', what: 'mask probabilities of EoMT', fits: rank(1) },
  {
    tensors: ['dft_mat_hidden', 'dft_mat_seq'],
    kind: 'buffer',
    what: 'Fourier matrix of FNet',
    fits: rank(2),
  },
  { tensors: ['af2_to_esm'], kind: 'buffer', what: 'residue table of EsmFold', fits: rank(1) },
  { tensors: ['summary_idxs'], kind: 'buffer', what: 'indices of summary tokens', fits: rank(1) },
  {
    tensors: ['position_embedding'],
    kind: 'buffer',
    what: 'computed position table beside position_ids',
    fits: (own, view) => own.tensor.shape.length === 2 && view.has('position_ids'),
  },
]
