import { hole, joined } from '../template.ts'
import { type LayerClass, parameter } from './layer.ts'

/** torch/nn/modules/activation.py. Heads leave no trace and have no default: 1 divides all. */
export const multiheadAttention: LayerClass = {
  name: 'MultiheadAttention',
  untold: 'num_heads, for which 1 stands; dropout, add_zero_attn, batch_first',
  call(own) {
    const width = own.get('out_proj.weight')?.shape[0]
    if (width === undefined) return null
    const keys = own.get('k_proj_weight')?.shape[1]
    const values = own.get('v_proj_weight')?.shape[1]
    const isJoint = own.has('in_proj_weight')
    // One width for all three is kept as one joint projection.
    if (!isJoint && (keys === undefined || values === undefined || (keys === width && values === width)))
      return null
    const hasBias = own.has('in_proj_bias')
    const hasExtra = own.has('bias_k')
    return {
      arguments: [
        hole(width, 'embed_dim'),
        '1',
        ...(hasBias ? [] : ['bias=False']),
        ...(hasExtra ? ['add_bias_kv=True'] : []),
        ...(isJoint
          ? []
          : [joined(['kdim=', hole(keys ?? 0, 'kdim')]), joined(['vdim=', hole(values ?? 0, 'vdim')])]),
      ],
      registers: [
        ...(isJoint
          ? [parameter('in_proj_weight', [3 * width, width])]
          : [
              parameter('q_proj_weight', [width, width]),
              parameter('k_proj_weight', [width, keys ?? 0]),
              parameter('v_proj_weight', [width, values ?? 0]),
            ]),
        ...(hasBias ? [parameter('in_proj_bias', [3 * width])] : []),
        ...(hasExtra ? [parameter('bias_k', [1, 1, width]), parameter('bias_v', [1, 1, width])] : []),
        parameter('out_proj.weight', [width, width]),
        ...(hasBias ? [parameter('out_proj.bias', [width])] : []),
      ],
    }
  },
}
