import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { ancestorOwns, type CatalogueEntry, rank, underModule } from './entry.ts'

function isRotary(view: ModuleView): boolean {
  return /rotary|rope|rot_emb/.test(view.name.toLowerCase())
}

function gaussian(own: OwnTensor): boolean {
  return own.tensor.shape.length === 2 && own.tensor.shape[0] === 2
}

/**
 * Computed position encodings and frequencies: `inv_freq` of rotary embeddings (119 classes of transformers),
 * sinusoidal tables, caches. Learned tables have other names or are Embeddings.
 */
export const positions: readonly CatalogueEntry[] = [
  {
    tensors: ['inv_freq', 'inv_timescales', 'inv_freqs', 'original_inv_freq', 'theta_inv'],
    kind: 'buffer',
    what: 'inverse frequencies of a rotary or sinusoidal encoding',
    fits: (own) => own.tensor.shape.length === 1,
  },
  {
    tensors: [
      'cos_cached',
      'sin_cached',
      'cos_cache',
      'sin_cache',
      'freqs_cis',
      'freqs_cos',
      'freqs_sin',
      'cos_sin_cache',
      'emb_cos',
      'emb_sin',
      'rope_cache',
    ],
    kind: 'buffer',
    what: 'cache of a rotary encoding',
    fits: (own) => own.tensor.shape.length >= 2,
  },
  {
    tensors: ['cos', 'sin'],
    kind: 'buffer',
    what: 'cosine and sine tables side by side',
    fits: (own, view) => own.tensor.shape.length >= 2 && view.has('cos', 'sin'),
  },
  {
    tensors: ['weights'],
    kind: 'buffer',
    what: 'sinusoidal position table (M2M100, XGLM, Speech2Text)',
    fits: (own, view) =>
      own.tensor.shape.length === 2 &&
      view.isLeaf &&
      view.only('weights', '_float_tensor') &&
      underModule(view, 'embed_positions', 'positional', 'position', 'pos_'),
  },
  {
    tensors: ['_float_tensor'],
    kind: 'buffer',
    what: 'device marker of a sinusoidal embedding',
    fits: (own) => own.tensor.elements === 1,
  },
  {
    tensors: ['pe', 'div_term'],
    kind: 'buffer',
    what: 'sinusoidal position table of a positional encoding module',
    fits: (own, view) =>
      own.tensor.shape.length >= 1 &&
      view.isLeaf &&
      view.only('pe', 'div_term') &&
      !view.isRoot &&
      !/learn|train/i.test(view.name),
  },
  {
    tensors: ['pos_idx_to_embed', 'sinusoid_table', 'sinusoidal_table', 'position_table'],
    kind: 'buffer',
    what: 'sinusoidal position table',
    fits: rank(2, 3),
  },
  {
    tensors: ['alpha', 'scale', 'scales', 'freqs_scale', 'cached_freqs'],
    kind: 'buffer',
    what: 'constant of a rotary encoding',
    // One for each frequency may be learnt.
    fits: (own, view) => view.isLeaf && isRotary(view) && (own.leaf !== 'alpha' || own.tensor.elements === 1),
  },
  {
    tensors: ['freqs'],
    kind: 'parameter',
    what: 'frequencies of a rotary encoding (rotary-embedding-torch), learnt or not',
    fits: (own, view) => own.tensor.shape.length === 1 && isRotary(view),
    level: 'assumed',
  },
  {
    tensors: ['freqs', 'frequencies', 'frequency'],
    kind: 'buffer',
    what: 'fixed frequencies of a sinusoidal encoding',
    fits: rank(1),
    level: 'assumed',
  },
  {
    tensors: ['embed_scale'],
    kind: 'buffer',
    what: 'scale of an embedding',
    fits: (own) => own.tensor.elements === 1,
  },
  {
    tensors: ['positional_embedding'],
    kind: 'buffer',
    what: 'random Gaussian matrix [2, D] of a Segment Anything 2 position embedding, beside its memory embedding',
    fits: (own, view) => gaussian(own) && view.isLeaf && ancestorOwns(view, 'no_memory_embedding'),
  },
  {
    tensors: ['positional_embedding'],
    kind: 'parameter',
    what: 'random Gaussian matrix [2, D] of a Segment Anything position embedding: a Parameter in recent transformers, a buffer before',
    fits: (own, view) => gaussian(own) && view.isLeaf && !view.isRoot,
    level: 'assumed',
  },
  {
    tensors: ['positional_encoding_gaussian_matrix'],
    kind: 'buffer',
    what: 'random Gaussian matrix [2, D] of Segment Anything (segment_anything prompt_encoder.py)',
    fits: (own) => own.tensor.shape.length === 2 && (own.tensor.shape[0] ?? 0) <= 3,
  },
]
