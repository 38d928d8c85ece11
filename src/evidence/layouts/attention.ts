import type { Layout } from './layout.ts'

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
    return {
      classes: ['MultiheadAttention'],
      detail: String(width),
      kinds: {
        in_proj_weight: 'parameter',
        in_proj_bias: 'parameter',
        q_proj_weight: 'parameter',
        k_proj_weight: 'parameter',
        v_proj_weight: 'parameter',
        bias_k: 'parameter',
        bias_v: 'parameter',
      },
      reason: 'joint input projection of query, key and value: MultiheadAttention',
    }
  },
}
