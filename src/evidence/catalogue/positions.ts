import { type CatalogueEntry, underModule } from './entry.ts'

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
      own.tensor.shape.length >= 1 && view.isLeaf && view.only('pe', 'div_term') && view.node.parent !== null,
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
    what: 'random Gaussian matrix [2, D] of a Segment Anything position embedding',
    // Sam registers a Parameter in recent transformers where Sam2 registers a buffer.
    fits: (own, view) =>
      own.tensor.shape.length === 2 && own.tensor.shape[0] === 2 && view.isLeaf && view.node.parent !== null,
    level: 'assumed',
  },
  {
    tensors: ['positional_encoding_gaussian_matrix'],
    kind: 'buffer',
    what: 'random Gaussian matrix [2, D] of Segment Anything (segment_anything prompt_encoder.py)',
    fits: (own) => own.tensor.shape.length === 2 && own.tensor.shape[0] === 2,
  },
]
