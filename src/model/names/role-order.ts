import { naturalCompare } from './natural-order.ts'

/**
 * What comes before what in a model, by the words that libraries call its parts with: embeddings and stems, encoders,
 * what connects, decoders, the last norm, heads. Within a block: attention, feed-forward, norms; queries, keys, values,
 * outputs. A number is a place; parts of one place, and those of no known name, stand by name.
 */
const places: readonly (readonly [place: number, names: string])[] = [
  [
    0,
    'shared wte embed_tokens tok_embeddings word_embeddings word_embedding token_embedding token_embeddings token_embd embed embedding embeddings embedder embed_in embeddings_project patch_embed patch_embedding patch_embeddings stem conv_stem conv_in in_conv input_proj feature_extractor x_embedder from_rgb cls_token class_token',
  ],
  [
    6,
    'wpe position_embedding position_embeddings position_embd positional_embedding embed_positions pos_embed pos_embedding pos_conv_embed',
  ],
  [
    7,
    'token_type_embeddings token_types time_embed time_embedding time_proj t_embedder time_text_embed label_emb y_embedder add_embedding class_embedding context_embedder rotary_emb rope_freqs',
  ],
  [
    8,
    'layernorm_embedding token_embd_norm emb_norm word_embeddings_layernorm embed_norm pre_layrnorm feature_projection',
  ],
  [
    10,
    'vision_tower vision_model visual vision_encoder image_encoder audio_tower speech_encoder question_encoder backbone bert roberta base_model pixel_level_module model transformer gpt_neox',
  ],
  [20, 'encoder body down_blocks input_blocks down downs features text_encoder text_model'],
  [
    30,
    'mid_block middle_block mid neck fpn bottleneck multi_modal_projector mm_projector connector merger qformer bridge perceiver',
  ],
  [40, 'decoder up_blocks output_blocks up ups language_model'],
  [
    80,
    'rpn rpn_head final_layer_norm final_layernorm final_norm ln_f ln_post post_layernorm conv_norm_out norm_out norm_f last_norm output_norm fc_norm norm_pre_head',
  ],
  [84, 'pooler pre_logits visual_projection text_projection'],
  [
    90,
    'lm_head embed_out head heads classifier classification_head class_head score qa_outputs cls conv_out proj_out final_conv roi_heads bbox_head mask_head mlm_head to_logits logits_head head_dist predictions segmentation_head decode_head auxiliary_head last_linear logit_scale',
  ],
  // Within a block.
  [44, 'shortcut pre_norm'],
  [47, 'se'],
  [48, 'downsample'],
  [
    50,
    'self_attn self_attention self_attn_block attention attn SelfAttention mixer token_mixer linear_attn temporal_block',
  ],
  [51, 'self_attn_layer_norm'],
  [52, 'encoder_attn cross_attn crossattention cross_attention EncDecAttention multihead_attn'],
  [53, 'encoder_attn_layer_norm'],
  [60, 'mlp feed_forward ffn intermediate DenseReluDense block_sparse_moe mlp_block'],
  [70, 'input_layernorm layernorm_before pre_attention_norm attention_norm attn_norm'],
  [71, 'post_attention_layernorm layernorm_after post_attention_norm pre_feedforward_layernorm ffn_norm'],
  [72, 'post_feedforward_layernorm'],
]

/** Parts that stand in a row of their own, first to last. */
const rows: readonly (readonly string[])[] = [
  ['q_a_proj', 'q_a_layernorm', 'q_b_proj', 'kv_a_proj_with_mqa', 'kv_a_layernorm', 'kv_b_proj', 'o_proj'],
  ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  ['q_proj', 'k_proj', 'v_proj', 'out_proj'],
  ['query', 'key', 'value'],
  ['query', 'key', 'value', 'dense'],
  ['q', 'k', 'v', 'o'],
  ['q', 'k', 'v', 'proj'],
  ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'q_norm', 'k_norm'],
  ['qkv', 'q_norm', 'k_norm', 'proj'],
  ['to_q', 'to_k', 'to_v', 'to_out'],
  ['wq', 'wk', 'wv', 'wo'],
  ['c_attn', 'c_proj'],
  ['c_fc', 'c_proj'],
  ['query_key_value', 'dense'],
  ['gate', 'experts', 'shared_experts'],
  ['gate', 'shared_experts', 'experts'],
  ['router', 'experts'],
  ['gate_proj', 'up_proj', 'down_proj'],
  ['wi_0', 'wi_1', 'wo'],
  ['self', 'output'],
  ['attention', 'crossattention', 'intermediate', 'output'],
  ['dense', 'LayerNorm'],
  ['dense', 'transform', 'decoder'],
  ['intermediate_dense', 'output_dense'],
  ['norm1', 'attn', 'norm2', 'mlp'],
  ['ln_1', 'attn', 'ln_2', 'mlp'],
  ['conv_pw', 'bn1', 'conv_dw', 'bn2', 'se', 'conv_pwl', 'bn3'],
  ['conv_dw', 'bn1', 'se', 'conv_pw', 'bn2'],
  ['conv_exp', 'bn1', 'se', 'conv_pwl', 'bn2'],
  ['conv', 'bn'],
  ['conv_reduce', 'conv_expand'],
  ['proj', 'norm'],
  ['lora_A', 'lora_B'],
  ['lora_down', 'lora_up'],
]

const placeOf = new Map<string, number>()
for (const [place, names] of places) for (const name of names.split(' ')) placeOf.set(name, place)

/** Lists of blocks, beside which `norm` is the last norm, `fc` a head, and `conv1` a stem. */
const isBody =
  /^(?:layers?|blocks?|blk|h|stages?|stage\d|layer_?\d+|features|encoder|decoder|down_blocks|up_blocks|levels|resblocks)$/
const lastNorm = /^(?:norm|layer_?norm|ln|bn|norm_layer)$/i
const lastLayer = /^(?:fc|output|linear|dense|logits|projection|proj|classification|out)$/
const firstLayer = /^(?:conv|bn|norm|ln|conv_?\d|bn_?1|norm_?1|conv_first|act_?1)$/
const feedForward = /^(?:fc|linear|lin|dense)_?\d$/
const numberedNorm = /^(?:norm|layer_?norm|ln)_?\d$/
/** `conv1`, `bn1`, `conv2`, …: taken in turns where several words have the same numbers. */
const inTurns = /^(conv|bn|norm|gn|act|relu|ln|se|dw_?conv|linear|fc|drop)_?(\d{1,4})$/
const turns = ['conv', 'linear', 'fc', 'bn', 'norm', 'gn', 'ln', 'act', 'relu', 'drop', 'se']

/**
 * Orders siblings as the model has them, as far as their names tell; by name otherwise, and where no name does. Numbered
 * ones stand by number.
 *
 * @returns null where no name tells anything: there is nothing but the order of names
 */
export function roleOrder(names: readonly string[]): ((a: string, b: string) => number) | null {
  const ranks = new Map<string, number>()
  const row = rowOf(names)
  const hasBody = names.some((name) => isBody.test(name))
  const hasAttention = names.some((name) => Math.floor((placeOf.get(name) ?? 0) / 10) === 5)
  const isTurned = !hasAttention && takesTurns(names)
  let isTold = false
  for (const name of names) {
    const rank = rankOf(name, { row, hasBody, hasAttention, isTurned })
    if (rank !== null) isTold = true
    ranks.set(name, rank ?? body)
  }
  if (!isTold) return null
  const rank = (name: string): number => ranks.get(name) ?? body
  return (a, b) => rank(a) - rank(b) || naturalCompare(a, b)
}

/** Whether a module of this name gives what the model gives. Beside the others of a model, `fc` and its like do too. */
export function isHeadName(name: string, isOutermost: boolean): boolean {
  return placeOf.get(name) === 90 || (isOutermost && lastLayer.test(name))
}

/** What has no known name stands after what comes first, and before the last norm. */
const body = 45

function rankOf(
  name: string,
  around: {
    readonly row: readonly string[] | null
    readonly hasBody: boolean
    readonly hasAttention: boolean
    readonly isTurned: boolean
  },
): number | null {
  const { row, hasBody, hasAttention, isTurned } = around
  const inRow = row?.indexOf(name) ?? -1
  // A row stands where its first part does.
  if (row !== null && inRow >= 0) return 49 + inRow / 100
  const turn = isTurned ? inTurns.exec(name) : null
  if (turn !== null) {
    const at = Number(turn[2]) + (turns.indexOf(turn[1] as string) + 1) / 100
    return hasBody ? 5 + at / 10_000 : body + at / 10_000
  }
  if (hasBody && lastNorm.test(name)) return 80
  if (hasBody && name === 'downsample') return 5
  if (hasBody && firstLayer.test(name)) return 5
  if (hasBody && lastLayer.test(name)) return 90
  if (hasAttention && feedForward.test(name)) return 60
  if (hasAttention && numberedNorm.test(name)) return 71
  if (isBody.test(name) && !placeOf.has(name)) return body
  return placeOf.get(name) ?? null
}

/** The row of which most is there, its first part too; null where no two of one are. */
function rowOf(names: readonly string[]): readonly string[] | null {
  const there = new Set(names)
  let best: readonly string[] | null = null
  let most = 1
  for (const row of rows) {
    const found = there.has(row[0] as string) ? row.filter((name) => there.has(name)).length : 0
    if (found > most) {
      best = row
      most = found
    }
  }
  return best
}

/** Whether two words share two numbers, or one number that is all there is. */
function takesTurns(names: readonly string[]): boolean {
  const words = new Map<string, Set<string>>()
  for (const name of names) {
    const [, word, number] = inTurns.exec(name) ?? []
    if (word === undefined || number === undefined) continue
    const known = words.get(number) ?? new Set()
    known.add(word)
    words.set(number, known)
  }
  return [...words.values()].some((known) => known.size > 1)
}
