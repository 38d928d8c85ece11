import { isLoss } from '../layouts/loss-name.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { type CatalogueEntry, rank, underModule } from './entry.ts'

function isRow(own: OwnTensor): boolean {
  const { shape } = own.tensor
  return shape.length >= 2 && shape.slice(0, -1).every((length) => length === 1)
}

/** Codebooks kept by exponential moving averages: buffers, the embedding too (Encodec, Mimi, VQ-VAE with EMA). */
export const codebooks: readonly CatalogueEntry[] = [
  {
    tensors: ['embed'],
    kind: 'buffer',
    what: 'codebook kept by a moving average, a parameter with learnable_codebook (vector_quantize_pytorch)',
    level: 'assumed',
    // It says `initted`, where EnCodec, which has no such choice, says `inited`.
    fits: (_own, view) => view.has('embed', 'initted', 'cluster_size'),
  },
  {
    tensors: [
      'embed',
      'embed_avg',
      'cluster_size',
      'inited',
      'initted',
      'ema_w',
      'ema_cluster_size',
      'embedding',
      'code_avg',
      'code_sum',
      'code_count',
      'batch_mean',
      'batch_variance',
      'codebook_mean',
      'codebook_variance',
    ],
    kind: 'buffer',
    what: 'codebook kept by a moving average (cluster_size beside embed and embed_avg)',
    fits: (_own, view) =>
      (view.has('cluster_size') && (view.has('embed') || view.has('embed_avg'))) ||
      view.has('embed', 'embed_avg', 'inited') ||
      (view.has('ema_cluster_size') && view.rank('embedding') === 2),
  },
  {
    tensors: ['embed_sum', 'cluster_usage', 'initialized'],
    kind: 'buffer',
    what: 'codebook kept by a moving average (cluster_usage beside embed_sum)',
    fits: (_own, view) => view.has('embed_sum', 'cluster_usage'),
  },
  {
    tensors: ['queue', 'queue_ptr', 'queue_ids', 'queue_image', 'queue_text'],
    kind: 'buffer',
    what: 'negatives queue of MoCo',
    fits: (own, view) =>
      own.leaf === 'queue_ptr'
        ? own.tensor.elements === 1
        : view.has(own.leaf) && [...view.own.keys()].some((leaf) => leaf.endsWith('ptr')),
  },
  {
    tensors: ['queue', 'image_queue', 'text_queue', 'idx_queue'],
    kind: 'buffer',
    what: 'negatives queue beside its pointer',
    fits: (_own, view) => [...view.own.keys()].some((leaf) => leaf.endsWith('ptr')),
  },
  {
    tensors: ['center'],
    kind: 'buffer',
    what: 'output centre of DINO',
    fits: (own, view) =>
      isRow(own) && (isLoss(view) || underModule(view, 'dino', 'criterion', 'teacher', 'head')),
  },
  {
    tensors: ['center'],
    kind: 'buffer',
    what: 'a centre that is kept by a moving average, as DINO does; some learn one',
    level: 'assumed',
    fits: isRow,
  },
  {
    tensors: ['implicit_codebook'],
    kind: 'buffer',
    what: 'codes of a finite scalar quantiser, computed of its levels',
    fits: (own, view) => own.tensor.shape.length === 2 && (view.has('_levels') || view.has('_basis')),
  },
  {
    tensors: ['implicit_codebook', 'frozen_codebook'],
    kind: 'buffer',
    what: 'codes of a quantiser that does not learn them',
    level: 'assumed',
    fits: rank(2),
  },
]
