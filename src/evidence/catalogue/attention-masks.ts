import type { CatalogueEntry } from './entry.ts'

/** [1, 1, P, P] or [P, P]: a mask over positions. */
const squareMask: CatalogueEntry['fits'] = (own) => {
  const { shape } = own.tensor
  const [rows, columns] = shape.slice(-2)
  return (
    shape.length >= 2 &&
    shape.slice(0, -2).every((length) => length === 1) &&
    rows === columns &&
    rows !== undefined &&
    rows > 0
  )
}

/**
 * Masks and position indices. Registered as buffers, persistent in older releases and so in many files
 * (transformers modeling_gpt2.py, modeling_gpt_neo.py, modeling_swin.py; timm swin_transformer.py;
 * torchvision swin_transformer.py; CLIP model.py; OpenCLIP transformer.py).
 */
export const attentionMasks: readonly CatalogueEntry[] = [
  {
    tensors: ['bias'],
    kind: 'buffer',
    what: 'causal mask [1, 1, P, P] in an attention module with children (GPT-2 and its relatives)',
    fits: (own, view, around) =>
      own.tensor.shape.length === 4 &&
      own.tensor.shape[0] === 1 &&
      own.tensor.shape[1] === 1 &&
      squareMask(own, view, around) &&
      (own.tensor.shape[2] ?? 0) > 1 &&
      !view.isLeaf &&
      !view.has('weight'),
  },
  {
    tensors: ['masked_bias'],
    kind: 'buffer',
    what: 'fill value of a causal mask',
    fits: (own, view) => own.tensor.elements === 1 && (view.has('bias') || !view.isLeaf),
  },
  {
    tensors: [
      'attn_mask',
      'causal_mask',
      'mask',
      'attention_mask',
      'tril',
      'triu_mask',
      'src_mask',
      'tgt_mask',
      'future_mask',
    ],
    kind: 'buffer',
    what: 'attention mask over positions',
    fits: squareMask,
  },
  {
    tensors: ['attn_mask', 'attn_mask_sw', 'shift_mask'],
    kind: 'buffer',
    what: 'attention mask [windows, P, P] of a Swin block',
    fits: (own) => own.tensor.shape.length === 3 && own.tensor.shape[1] === own.tensor.shape[2],
  },
  {
    tensors: ['relative_position_index', 'rel_pos_index', 'relative_position_indices'],
    kind: 'buffer',
    what: 'index into a relative position table',
    fits: (own) => own.tensor.shape.length >= 1,
  },
  {
    tensors: ['relative_coords_table'],
    kind: 'buffer',
    what: 'coordinates of a Swin V2 block, last dimension 2',
    fits: (own) => own.tensor.shape.at(-1) === 2,
  },
  {
    tensors: ['attention_bias_idxs', 'bias_idxs', 'rel_idx'],
    kind: 'buffer',
    what: 'index into the attention biases (LeViT, EfficientFormer)',
    fits: (own) => own.tensor.shape.length === 2,
  },
  {
    tensors: ['position_ids', 'token_type_ids', 'pos_ids'],
    kind: 'buffer',
    what: 'position indices [1, P]',
    fits: (own) => own.tensor.shape.length <= 2 && (own.tensor.shape.length < 2 || own.tensor.shape[0] === 1),
  },
]
