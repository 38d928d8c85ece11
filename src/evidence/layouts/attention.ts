import type { Layout } from './layout.ts'

const leaves = [
  'in_proj_weight',
  'in_proj_bias',
  'q_proj_weight',
  'k_proj_weight',
  'v_proj_weight',
  'bias_k',
  'bias_v',
]

/**
 * MultiheadAttention: `in_proj_weight` [3·embed, embed] (or `q_`, `k_`, `v_proj_weight`), `in_proj_bias`,
 * `bias_k`, `bias_v` and a child `out_proj` (torch/nn/modules/activation.py). All parameters.
 */
export const attention: Layout = {
  id: 'attention',
  recognise(view) {
    const joint = view.shape('in_proj_weight')
    const query = view.shape('q_proj_weight')
    const weight = joint ?? query
    if (weight?.length !== 2) return null
    const width = (joint === undefined ? weight[0] : (weight[0] ?? 0) / 3) ?? 0
    if (joint !== undefined && !Number.isInteger(width)) return null
    // Attention of other libraries has these tensors and more.
    const isWhole = view.only(...leaves) && view.child('out_proj') !== undefined
    return {
      classes: isWhole ? ['MultiheadAttention'] : [],
      detail: String(width),
      kinds: Object.fromEntries(leaves.map((leaf) => [leaf, 'parameter'])),
      reason: 'joint input projection of query, key and value: MultiheadAttention',
    }
  },
}
