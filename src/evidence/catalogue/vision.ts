import { type CatalogueEntry, rank, scalar, underModule } from './entry.ts'

/** One row of four for each box. */
function isBoxes(shape: readonly number[]): boolean {
  return shape.length === 2 && shape[1] === 4
}

/** Fixed tensors of vision models: pixel statistics, DCT matrices, anchors, EvoNorm and FrozenBN relatives. */
export const vision: readonly CatalogueEntry[] = [
  {
    tensors: ['running_var'],
    kind: 'buffer',
    what: 'running variance of EvoNorm',
    fits: (own, view) =>
      own.tensor.shape.length === 1 && !view.has('running_mean') && view.has('weight', 'bias'),
  },
  {
    tensors: ['pixel_mean', 'pixel_std', 'image_mean', 'image_std', 'img_mean', 'img_std'],
    kind: 'buffer',
    what: 'pixel statistics',
    fits: (own) => own.tensor.elements === 3 || own.tensor.elements === 1,
  },
  {
    tensors: ['mean', 'std'],
    kind: 'buffer',
    what: 'statistics of a normalisation, mean beside std',
    fits: (own, view) =>
      view.has('mean', 'std') &&
      view.shape('mean')?.length === view.shape('std')?.length &&
      own.tensor.shape.filter((length) => length !== 1).length <= 1,
  },
  {
    tensors: ['weights'],
    kind: 'buffer',
    what: 'matrix of a discrete cosine transform',
    fits: (own, view) =>
      own.tensor.shape.length === 2 &&
      own.tensor.shape[0] === own.tensor.shape[1] &&
      view.isLeaf &&
      underModule(view, 'dct'),
  },
  {
    tensors: ['input_min', 'input_max', 'output_min', 'output_max'],
    kind: 'buffer',
    what: 'range of a clipped layer',
    fits: scalar,
  },
  {
    tensors: ['std_bias', 'std_scale'],
    kind: 'buffer',
    what: 'statistics of a standardisation, bias beside scale',
    fits: (_own, view) => view.has('std_bias', 'std_scale'),
  },
  {
    tensors: ['anchors', 'anchor_grid', 'stride', 'strides', 'anchor_points'],
    kind: 'buffer',
    what: 'anchors of a detection head',
    fits: (own, view) =>
      !view.isLeaf && (/^stride/.test(own.leaf) ? own.tensor.shape.length <= 2 : !isBoxes(own.tensor.shape)),
  },
  {
    tensors: ['anchors'],
    kind: 'buffer',
    what: 'anchors [number, 4] of a detector, which some learn',
    level: 'assumed',
    fits: (own) => isBoxes(own.tensor.shape),
  },
  {
    tensors: ['rpe_biases', 'biases_v', 'biases_h'],
    kind: 'buffer',
    what: 'coordinates [positions, 2] that a position bias is computed of',
    fits: (own) => own.tensor.shape.length === 2 && own.tensor.shape[1] === 2,
  },
  {
    tensors: ['density_grid', 'density_bitfield', 'aabb', 'aabb_train', 'aabb_infer'],
    kind: 'buffer',
    what: 'bounds and occupancy of a radiance field',
    fits: (_own, view) => view.has('density_grid', 'density_bitfield'),
  },
  {
    tensors: ['action_scale', 'action_bias'],
    kind: 'buffer',
    what: 'range of actions, scale beside bias',
    level: 'assumed',
    fits: (_own, view) => view.has('action_scale', 'action_bias'),
  },
  {
    tensors: ['project'],
    kind: 'buffer',
    what: 'integral projection of a distribution focal loss',
    fits: rank(1),
  },
  { tensors: ['dilated_mask'], kind: 'buffer', what: 'fixed mask', fits: rank(2) },
]
