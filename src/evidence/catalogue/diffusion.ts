import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { type CatalogueEntry, isTableOfPatches } from './entry.ts'

const schedule = [
  'betas',
  'alphas_cumprod',
  'alphas_cumprod_prev',
  'sqrt_alphas_cumprod',
  'sqrt_one_minus_alphas_cumprod',
  'log_one_minus_alphas_cumprod',
  'sqrt_recip_alphas_cumprod',
  'sqrt_recipm1_alphas_cumprod',
  'posterior_variance',
  'posterior_log_variance_clipped',
  'posterior_mean_coef1',
  'posterior_mean_coef2',
  'p2_loss_weight',
  'loss_weight',
  'lvlb_weights',
]

/** Alone in its module, and small. */
function isResampling(own: OwnTensor, view: ModuleView): boolean {
  const { shape, elements } = own.tensor
  return view.isLeaf && view.only('kernel') && shape.length >= 1 && elements <= 1024
}

/** A kernel of one channel, or in a module that is called as what resamples: matrices of layers are called kernel too. */
function isNamedResampler(view: ModuleView): boolean {
  const shape = view.shape('kernel') ?? []
  const isOneChannel = shape.length > 2 && shape.slice(0, -2).every((length) => length === 1)
  return isOneChannel || /blur|up|down|smooth|resampl|filter|low_?pass|pool|gauss|sobel/i.test(view.word)
}

/** Noise schedules and the like (CompVis latent-diffusion ddpm.py; denoising-diffusion-pytorch; diffusers). */
export const diffusion: readonly CatalogueEntry[] = [
  {
    tensors: schedule,
    kind: 'buffer',
    what: 'noise schedule of a diffusion model',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      view.has('betas', 'alphas_cumprod') &&
      view.shape('betas')?.[0] === own.tensor.shape[0],
  },
  {
    tensors: ['logvar'],
    kind: 'buffer',
    what: 'log variance per step of a diffusion model; a parameter where it is learned',
    level: 'assumed',
    fits: (own, view) => view.has('betas') && view.shape('betas')?.[0] === own.tensor.shape[0],
  },
  {
    tensors: ['scale_factor'],
    kind: 'buffer',
    what: 'latent scale of a diffusion model',
    fits: (own, view) => own.tensor.elements === 1 && view.has('betas'),
  },
  {
    tensors: ['sigmas', 'log_sigmas'],
    kind: 'buffer',
    what: 'noise levels of a denoiser',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      own.tensor.elements > 1 &&
      (view.name.includes('denoiser') || view.has('log_sigmas', 'sigmas')),
  },
  {
    tensors: ['latents_mean', 'latents_std'],
    kind: 'buffer',
    what: 'latent statistics',
    fits: (_own, view) => view.has('latents_mean', 'latents_std'),
  },
  {
    tensors: ['pos_embed', 'pos_embedding'],
    kind: 'buffer',
    what: 'position table of PatchEmbed (diffusers), beside the convolution it is added to: computed, or kept as a buffer all the same',
    fits: (own, view) =>
      isTableOfPatches(own, view) && /^(?:pos_embed|patch_embed|patch_embedding)$/.test(view.name),
  },
  {
    tensors: ['clip_mean', 'clip_std'],
    kind: 'parameter',
    what: 'learnt statistics of the unCLIP prior (diffusers prior_transformer.py)',
    fits: (own, view) => own.tensor.shape.length === 2 && view.has('clip_mean', 'clip_std'),
  },
  {
    tensors: ['used'],
    kind: 'buffer',
    what: 'used codes of a vector quantiser',
    fits: (own, view) => own.tensor.shape.length === 1 && view.child('embedding') !== undefined,
  },
  {
    tensors: ['kernel'],
    kind: 'buffer',
    what: 'fixed kernel of a resampler',
    fits: (own, view) => isResampling(own, view) && isNamedResampler(view),
  },
  {
    tensors: ['kernel'],
    kind: 'buffer',
    what: 'a small kernel alone in its module, mostly that of a resampler',
    level: 'assumed',
    fits: isResampling,
  },
  {
    tensors: ['resample_filter'],
    kind: 'buffer',
    what: 'fixed filter of a resampler (StyleGAN2, StyleGAN3, EDM)',
    fits: (own) => own.tensor.shape.length >= 1 && own.tensor.elements <= 1024,
  },
  {
    tensors: ['noise_const'],
    kind: 'buffer',
    what: 'fixed noise of a StyleGAN2 layer, beside its strength',
    fits: (own, view) => own.tensor.shape.length === 2 && view.rank('noise_strength') === 0,
  },
  {
    tensors: ['w_avg'],
    kind: 'buffer',
    what: 'average of the latents of StyleGAN, which a mapping network keeps',
    fits: (own, view) => own.tensor.shape.length <= 2 && (!view.isLeaf || view.name === 'mapping'),
  },
  {
    tensors: ['filter'],
    kind: 'buffer',
    what: 'fixed filter of a resampler',
    fits: (own, view) =>
      view.isLeaf &&
      view.only('filter') &&
      own.tensor.shape.length === 3 &&
      own.tensor.shape[0] === 1 &&
      own.tensor.shape[1] === 1,
  },
  {
    tensors: ['num_updates'],
    kind: 'buffer',
    what: 'update counter of an averaged copy',
    fits: (own, view) => own.tensor.elements === 1 && view.has('decay'),
  },
  {
    tensors: ['decay'],
    kind: 'buffer',
    what: 'decay of an averaged copy',
    fits: (own, view) => own.tensor.elements === 1 && view.has('num_updates'),
  },
  {
    tensors: ['n_averaged'],
    kind: 'buffer',
    what: 'update counter of AveragedModel',
    fits: (own, view) => own.tensor.elements === 1 && !view.isLeaf,
  },
  {
    tensors: ['shift', 'scale'],
    kind: 'buffer',
    what: 'channel shift and scale of the LPIPS scaling layer',
    fits: (own, view) =>
      own.tensor.shape.length === 4 && own.tensor.elements === 3 && view.has('shift', 'scale'),
  },
  {
    tensors: ['initted', 'step'],
    kind: 'buffer',
    what: 'state of an averaged copy',
    fits: (own, view) => own.tensor.elements === 1 && view.has('initted', 'step'),
  },
]
