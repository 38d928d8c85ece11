import { sameShape } from '../../model/tensors/shape.ts'
import { isLoss } from '../layouts/loss-name.ts'
import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
import { type CatalogueEntry, isTableOfPatches, modelVector, rank, tokenShape, underModule } from './entry.ts'

/** A size-one or model-length vector, or one value per channel with the other dimensions 1. */
const perChannel: CatalogueEntry['fits'] = (own, view, around) => {
  const wide = own.tensor.shape.filter((length) => length !== 1)
  return (
    wide.length <= 1 &&
    (wide.length === 0 ||
      modelVector({ ...own, tensor: { ...own.tensor, shape: wide } }, view, around) ||
      !view.isLeaf ||
      own.tensor.shape.length >= 3)
  )
}

/** A weight and a bias of one of its lengths are a layer of torch; this has more, or others. */
function isBesideMore(view: ModuleView, around: Surroundings): boolean {
  if ((!view.isLeaf && around.lengths.size === 0) || view.has('running_mean')) return false
  const lengths = view.own.get('weight')?.tensor.shape ?? []
  for (const { leaf, tensor } of view.own.values()) {
    if (leaf === 'weight') continue
    const isItsBias = leaf === 'bias' && tensor.shape.length === 1 && lengths.includes(tensor.elements)
    if (!isItsBias) return true
  }
  return false
}

/**
 * Parameters that models register on themselves under names of their own: tokens, position embeddings,
 * layer scales, gates, state-space and expert weights (timm, transformers, torchvision, diffusers).
 */
export const learned: readonly CatalogueEntry[] = [
  {
    tensors: [
      'cls_token',
      'cls_token1',
      'cls_token2',
      'cls_token3',
      'cls_token4',
      'dist_token',
      'distillation_token',
      'mask_token',
      'reg_token',
      'reg_tokens',
      'register_tokens',
      'class_token',
      'class_embedding',
      'detection_tokens',
      'det_token',
      'storage_tokens',
      'cls_emb',
      'cls',
      'masked_spec_embed',
      'probe',
      'latent',
      'latents',
      'query_tokens',
      'query',
      'queries',
      'image_newline',
      'image_begin',
      'image_end',
      'image_sep',
      'eoi_embedding',
      'mask_embedding',
      'mask_emb',
      'null_emb',
      'pad_token',
      'sep_token',
      'prompt',
      'prompts',
      'prompt_embeddings',
      'token',
      'tokens',
      'padding_token',
      'sub_img_feature_extensor',
      'global_img_feature_extensor',
      'query_embed',
      'query_feat',
      'object_queries',
      'pooling_attention_query',
      'lang_token',
    ],
    kind: 'parameter',
    what: 'learned token or query, as wide as the model',
    fits: tokenShape,
  },
  {
    tensors: [
      'pos_embed',
      'pos_embedding',
      'position_embeddings',
      'position_embedding',
      'positional_embedding',
      'pos_emb',
      'patch_pos',
      'pixel_pos',
      'pos_embed_window',
      'pos_embed_spatial',
      'pos_embed_temporal',
      'pos_embed_class',
      'time_embeddings',
      'time_embed',
      'temporal_embed',
      'level_embed',
      'level_embeds',
      'rel_pos_h',
      'rel_pos_w',
      'rel_pos',
      'height_rel',
      'width_rel',
      'emb_rel_k',
      'emb_rel_v',
      'decoder_pos_embed',
      'mid_position_embeddings',
      'position_enc',
      'segment_embed',
      'seg_embed',
      'row_embed',
      'col_embed',
      'pos_bias',
      'relative_position_bias_table',
      'relative_attention_bias',
      'attention_biases',
      'attention_bias_table',
      'bias_table',
      'position_bias',
      'rel_pos_bias',
      'freqs_param',
      'modality_embedding',
    ],
    kind: 'parameter',
    what: 'learned position or relative position embedding',
    // A module that cuts patches and adds places to them keeps these as a buffer as often as not.
    fits: (own, view) =>
      own.tensor.shape.length >= 2 && own.tensor.elements > 1 && !isTableOfPatches(own, view),
  },
  {
    tensors: [
      'gamma',
      'gamma1',
      'gamma2',
      'gamma3',
      'gamma_1',
      'gamma_2',
      'gamma_3',
      'lambda1',
      'lambda_1',
      'lambda_2',
      'ls1',
      'ls2',
      'layer_scale',
      'layer_scale_1',
      'layer_scale_2',
      'layer_scale_parameter',
      'ffn_gamma',
      'skipinit_gain',
      'res_scale',
      'gain',
      'layerscale',
      'ls_gamma',
      'reweight',
      'skip_scale',
      'residual_scale',
      'residual_bias',
      'hidden_states_scale',
      'hidden_states_bias',
      'input_hidden_states_scale',
      'input_hidden_states_bias',
    ],
    kind: 'parameter',
    what: 'learned scale per channel',
    // A lone number that is called gamma is as often a discount.
    fits: (own, view, around) =>
      !(own.leaf === 'gamma' && own.tensor.shape.length === 0) && perChannel(own, view, around),
  },
  {
    tensors: ['scale', 'bias'],
    kind: 'parameter',
    what: 'learned scale and bias of an activation (StarReLU)',
    fits: (own, view) =>
      own.tensor.elements === 1 && view.isLeaf && view.has('scale', 'bias') && view.only('scale', 'bias'),
  },
  {
    tensors: ['scale'],
    kind: 'parameter',
    what: 'learned scale of a residual branch',
    fits: (own, view, around) =>
      view.isLeaf &&
      view.only('scale') &&
      own.tensor.shape.length === 1 &&
      own.tensor.elements > 1 &&
      around.lengths.has(own.tensor.elements),
  },
  {
    tensors: ['weight', 'bias', 'v'],
    kind: 'parameter',
    what: 'affine of an EvoNorm',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      ['weight', 'bias', 'v'].every((leaf) => sameShape(view.shape(leaf) ?? [], own.tensor.shape)),
  },
  {
    tensors: [
      'logit_scale',
      'logit_bias',
      'temperature',
      'temp',
      'tau',
      'scaling',
      'per_dim_scale',
      'sinks',
      'router_states_scale',
      'global_scale',
      'per_expert_scale',
      'head_scale',
      'attn_scale',
    ],
    kind: 'parameter',
    what: 'learned scale or sink of an attention or logits',
    // `tau` of a quantile loss, and of the metric of it, is what it is asked for.
    fits: (own, view) =>
      own.leaf.startsWith('logit_') ||
      ((own.tensor.elements > 1 || own.tensor.shape.length >= 2) &&
        !isLoss(view) &&
        !underModule(view, 'metric')),
  },
  {
    tensors: [
      'A_log',
      'A_logs',
      'D',
      'Ds',
      'dt_bias',
      'dt_proj_bias',
      'dt_proj_weight',
      'x_proj_weight',
      'dt_projs_weight',
      'dt_projs_bias',
      'A',
      'A_real_log',
      'A_imag',
    ],
    kind: 'parameter',
    what: 'state-space weight of a Mamba mixer',
    fits: (own, view) =>
      own.tensor.shape.length >= 1 &&
      ['A_log', 'A_logs', 'dt_bias', 'D', 'A_real_log'].some((leaf) => view.has(leaf)),
  },
  {
    tensors: [
      'gate_up_proj',
      'down_proj',
      'gate_proj',
      'up_proj',
      'gate_up_proj_bias',
      'down_proj_bias',
      'gate_proj_bias',
      'up_proj_bias',
      'w1',
      'w2',
      'w3',
      'wi',
      'wo',
      'mlp1_weight',
      'mlp1_bias',
      'mlp2_weight',
      'mlp2_bias',
      'input_linear',
      'output_linear',
      'fc1_weight',
      'fc2_weight',
    ],
    kind: 'parameter',
    what: 'stacked expert weights [experts, …]',
    fits: (own) => own.tensor.shape.length >= 2,
  },
  {
    tensors: ['weight'],
    kind: 'parameter',
    what: 'weight of a mixture-of-experts router',
    fits: (own, view, around) =>
      own.tensor.shape.length === 2 && isBesideMore(view, around) && underModule(view, 'router', 'gate'),
  },
  {
    tensors: ['weight'],
    kind: 'parameter',
    what: 'weight of a module with more tensors of its own',
    fits: (own, view, around) => own.tensor.shape.length >= 2 && isBesideMore(view, around),
  },
  {
    tensors: [
      'bias_u',
      'bias_v',
      'pos_bias_u',
      'pos_bias_v',
      'r_w_bias',
      'r_r_bias',
      'r_s_bias',
      'r_kernel',
      'u_bias',
      'v_bias',
      'q_bias',
      'k_bias',
      'qkv_bias',
    ],
    kind: 'parameter',
    what: 'learned bias of an attention',
    fits: rank(1, 2, 3),
  },
  {
    tensors: [
      'time_decay',
      'time_first',
      'time_mix_key',
      'time_mix_value',
      'time_mix_receptance',
      'time_mix_k',
      'time_mix_v',
      'time_mix_r',
      'time_mix_g',
      'time_maa_k',
      'time_maa_v',
      'time_faaaa',
    ],
    kind: 'parameter',
    what: 'time mixing of RWKV',
    fits: (own, _view, around) => own.tensor.shape.some((length) => around.lengths.has(length)),
  },
  {
    tensors: ['alpha', 'beta'],
    kind: 'parameter',
    what: 'learned slope per channel of a Snake activation',
    fits: (own, view) =>
      view.isLeaf && view.only('alpha', 'beta') && own.tensor.elements > 1 && own.tensor.shape.length <= 3,
  },
  {
    tensors: ['alpha_n', 'alpha_p'],
    kind: 'parameter',
    what: 'learned slopes of an xIELU activation',
    fits: (_own, view) => view.has('alpha_n', 'alpha_p'),
  },
  {
    tensors: [
      'recurrent_param',
      'input_gate_weight',
      'input_gate_bias',
      'recurrent_gate_weight',
      'recurrent_gate_bias',
    ],
    kind: 'parameter',
    what: 'gate of a recurrent block',
    fits: (_own, view) => view.has('recurrent_param'),
  },
  {
    tensors: [
      'u',
      'codevectors',
      'token_embedding',
      'w_g',
      'text_projection',
      'proj',
      'image_projection',
      'vision_projection',
    ],
    kind: 'parameter',
    what: 'learned projection',
    fits: (own, view) => own.tensor.shape.length >= 2 && !view.isLeaf,
  },
  {
    tensors: ['weight'],
    kind: 'parameter',
    what: 'lone weight of a module with children',
    fits: (own, view) => own.tensor.shape.length >= 2 && !view.isLeaf,
  },
]
