import { leafName } from '../../model/modules/tree.ts'
import type { TensorReport } from '../../model/report.ts'

const indices = 'an index the model computes itself'
const mask = 'a mask the model computes itself'
const frequencies = 'frequencies the model computes itself'

/**
 * Buffers that libraries once saved and now do not, or the other way round (`persistent=False`): the model
 * makes them from its configuration. transformers #6882, #35255; torchvision and timm relative positions.
 */
const recomputed: ReadonlyMap<string, string> = new Map([
  ['position_ids', indices],
  ['token_type_ids', indices],
  ['relative_position_index', indices],
  ['relative_position_indices', indices],
  ['relative_coords_table', 'coordinates the model computes itself'],
  ['inv_freq', frequencies],
  ['original_inv_freq', frequencies],
  ['cos_cached', frequencies],
  ['sin_cached', frequencies],
  ['freqs_cis', frequencies],
  ['attn_mask', mask],
  ['causal_mask', mask],
  ['masked_bias', mask],
  ['num_batches_tracked', 'a counter that only a momentum of None uses'],
])

/** Why a model does as well without this tensor in its checkpoint; undefined where it would miss it. */
export function harmlessBuffer(tensor: Pick<TensorReport, 'name' | 'kind' | 'shape'>): string | undefined {
  if (tensor.kind !== 'buffer') return undefined
  const leaf = leafName(tensor.name)
  if ((leaf === 'bias' || leaf === 'mask') && isCausalMask(tensor.shape)) return mask
  return recomputed.get(leaf)
}

/** `[1, 1, n, n]`: what GPT-2 and its kin keep under `attn.bias`. */
function isCausalMask(shape: readonly number[]): boolean {
  const [one, alsoOne, rows, columns] = shape
  return shape.length === 4 && one === 1 && alsoOne === 1 && rows === columns
}
