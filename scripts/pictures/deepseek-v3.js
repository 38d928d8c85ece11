// A file with the names, types and shapes of DeepSeek-V3 (deepseek-ai/DeepSeek-V3 on the Hugging Face hub) in one
// header and no values: 685 GB of holes.
import { open } from 'node:fs/promises'

const hidden = 7168
const layers = 61
const denseLayers = 3
const experts = 256

/** Writes the file at `path`; takes 12 MB of disk where the file system keeps holes. */
export async function writeDeepSeek(path) {
  const header = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const [name, dtype, shape] of tensors()) {
    const bytes = shape.reduce((product, size) => product * size, { F8_E4M3: 1, BF16: 2, F32: 4 }[dtype])
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] }
    end += bytes
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const file = await open(path, 'w')
  await file.writev([length, json])
  await file.truncate(8 + json.length + end)
  await file.close()
}

/** Name, type and shape of every tensor. */
export function* tensors() {
  yield ['lm_head.weight', 'BF16', [129280, hidden]]
  yield ['model.embed_tokens.weight', 'BF16', [129280, hidden]]
  for (let layer = 0; layer < layers; layer++) yield* block(`model.layers.${layer}`, layer < denseLayers)
  yield ['model.norm.weight', 'BF16', [hidden]]
}

function* block(at, dense) {
  yield [`${at}.input_layernorm.weight`, 'BF16', [hidden]]
  yield [`${at}.post_attention_layernorm.weight`, 'BF16', [hidden]]
  yield* quantised(`${at}.self_attn.q_a_proj`, [1536, hidden])
  yield [`${at}.self_attn.q_a_layernorm.weight`, 'BF16', [1536]]
  yield* quantised(`${at}.self_attn.q_b_proj`, [24576, 1536])
  yield* quantised(`${at}.self_attn.kv_a_proj_with_mqa`, [576, hidden])
  yield [`${at}.self_attn.kv_a_layernorm.weight`, 'BF16', [512]]
  yield* quantised(`${at}.self_attn.kv_b_proj`, [32768, 512])
  yield* quantised(`${at}.self_attn.o_proj`, [hidden, 16384])
  if (dense) return yield* expert(`${at}.mlp`, 18432)
  yield [`${at}.mlp.gate.weight`, 'BF16', [experts, hidden]]
  yield [`${at}.mlp.gate.e_score_correction_bias`, 'F32', [experts]]
  for (let i = 0; i < experts; i++) yield* expert(`${at}.mlp.experts.${i}`, 2048)
  yield* expert(`${at}.mlp.shared_experts`, 2048)
}

function* expert(at, inner) {
  yield* quantised(`${at}.gate_proj`, [inner, hidden])
  yield* quantised(`${at}.up_proj`, [inner, hidden])
  yield* quantised(`${at}.down_proj`, [hidden, inner])
}

/** FP8 with one scale for each 128 by 128 block. */
function* quantised(at, shape) {
  yield [`${at}.weight`, 'F8_E4M3', shape]
  yield [`${at}.weight_scale_inv`, 'F32', shape.map((size) => Math.ceil(size / 128))]
}
