import { describe, expect, it } from 'vitest'
import { mixtureOf } from '../../src/model/mixture.ts'
import type { TensorReport } from '../../src/model/report.ts'
import { elementsOf } from '../../src/model/tensors/tensor.ts'
import { plainMap } from '../helpers/checkpoint.ts'

type Shapes = Record<string, readonly number[]>

const parameter = (name: string, shape: readonly number[]) =>
  ({ name, shape, elements: elementsOf(shape), kind: 'parameter', tiedTo: null }) as unknown as TensorReport
const mixture = (shapes: Shapes, config: Parameters<typeof plainMap>[0]) =>
  mixtureOf(
    Object.entries(shapes).map(([name, shape]) => parameter(name, shape)),
    plainMap(config),
  )
/** In billions, with a decimal, as the papers print it. */
const billions = (elements: number | undefined) => (Number(elements) / 1e9).toFixed(1)

/** Shapes of DeepSeek-V3 (deepseek-ai/DeepSeek-V3, config.json and modeling_deepseek.py), experts of a layer in one entry each. */
function deepSeekV3(layers: number): Shapes {
  const shapes: Shapes = {
    'model.embed_tokens.weight': [129_280, 7_168],
    'model.norm.weight': [7_168],
    'lm_head.weight': [129_280, 7_168],
  }
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`
    shapes[`${at}.self_attn.q_a_proj.weight`] = [1_536, 7_168]
    shapes[`${at}.self_attn.q_a_layernorm.weight`] = [1_536]
    shapes[`${at}.self_attn.q_b_proj.weight`] = [24_576, 1_536]
    shapes[`${at}.self_attn.kv_a_proj_with_mqa.weight`] = [576, 7_168]
    shapes[`${at}.self_attn.kv_a_layernorm.weight`] = [512]
    shapes[`${at}.self_attn.kv_b_proj.weight`] = [32_768, 512]
    shapes[`${at}.self_attn.o_proj.weight`] = [7_168, 16_384]
    shapes[`${at}.input_layernorm.weight`] = [7_168]
    shapes[`${at}.post_attention_layernorm.weight`] = [7_168]
    const perLayer = (prefix: string, width: number) => {
      shapes[`${prefix}.gate_proj.weight`] = [width, 7_168]
      shapes[`${prefix}.up_proj.weight`] = [width, 7_168]
      shapes[`${prefix}.down_proj.weight`] = [7_168, width]
    }
    if (layer < 3) perLayer(`${at}.mlp`, 18_432)
    else {
      shapes[`${at}.mlp.gate.weight`] = [256, 7_168]
      perLayer(`${at}.mlp.shared_experts`, 2_048)
      for (let expert = 0; expert < 256; expert++) perLayer(`${at}.mlp.experts.${expert}`, 2_048)
    }
  }
  return shapes
}

describe('parameters that one token uses', () => {
  it('are those that the paper gives for DeepSeek-V3: 671 B, 37 B', () => {
    const config = {
      n_routed_experts: 256,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      num_hidden_layers: 61,
      num_nextn_predict_layers: 1,
    }
    const found = mixture(deepSeekV3(62), config)
    expect(billions(found?.parameters)).toBe('671.0')
    expect(billions(found?.activeParameters)).toBe('37.6')
    // The layer that predicts a further token is in the file and no part of the model.
    expect(found?.besides).toBeGreaterThan(11e9)
  })

  it('are those that the paper gives for Mixtral 8x7B, stacked or not: 46.7 B, 12.9 B', () => {
    const config = { num_local_experts: 8, num_experts_per_tok: 2 }
    const common: Shapes = {
      'model.embed_tokens.weight': [32_000, 4_096],
      'model.norm.weight': [4_096],
      'lm_head.weight': [32_000, 4_096],
    }
    const apart: Shapes = { ...common }
    const stacked: Shapes = { ...common }
    for (let layer = 0; layer < 32; layer++) {
      for (const shapes of [apart, stacked]) {
        const at = `model.layers.${layer}`
        shapes[`${at}.self_attn.q_proj.weight`] = [4_096, 4_096]
        shapes[`${at}.self_attn.k_proj.weight`] = [1_024, 4_096]
        shapes[`${at}.self_attn.v_proj.weight`] = [1_024, 4_096]
        shapes[`${at}.self_attn.o_proj.weight`] = [4_096, 4_096]
        shapes[`${at}.input_layernorm.weight`] = [4_096]
        shapes[`${at}.post_attention_layernorm.weight`] = [4_096]
        shapes[`${at}.block_sparse_moe.gate.weight`] = [8, 4_096]
      }
      for (let expert = 0; expert < 8; expert++)
        for (const leaf of ['w1', 'w2', 'w3'])
          apart[`model.layers.${layer}.block_sparse_moe.experts.${expert}.${leaf}.weight`] =
            leaf === 'w2' ? [4_096, 14_336] : [14_336, 4_096]
      stacked[`model.layers.${layer}.mlp.experts.gate_up_proj`] = [8, 28_672, 4_096]
      stacked[`model.layers.${layer}.mlp.experts.down_proj`] = [8, 4_096, 14_336]
    }
    for (const shapes of [apart, stacked]) {
      const found = mixture(shapes, config)
      expect(billions(found?.parameters)).toBe('46.7')
      expect(billions(found?.activeParameters)).toBe('12.9')
    }
  })

  it('are not said where the configuration does not say how many experts a token uses', () => {
    const shapes = { 'mlp.experts.0.w.weight': [4, 4], 'mlp.experts.1.w.weight': [4, 4] }
    expect(mixture(shapes, { num_experts: 2 })).toBeNull()
    expect(mixture(shapes, {})).toBeNull()
  })

  it('are not said where an expert is missing, or more are there than it says', () => {
    const shapes = { 'mlp.experts.0.w.weight': [4, 4], 'mlp.experts.1.w.weight': [4, 4] }
    const perToken = { num_experts_per_tok: 1 }
    expect(mixture(shapes, { num_experts: 2, ...perToken })?.activeParameters).toBe(16)
    expect(mixture(shapes, { num_experts: 4, ...perToken })).toBeNull()
    expect(mixture({ 'mlp.experts.0.w.weight': [4, 4] }, { num_experts: 2, ...perToken })).toBeNull()
  })

  it('are not said where the model has experts of several numbers', () => {
    // A language model of four experts beside a tower of two, of which the configuration names one number.
    const shapes = { 'layers.0.experts.up': [4, 8, 2], 'layers.0.experts.scale': [4] }
    const config = { num_experts: 4, num_experts_per_tok: 1 }
    expect(mixture(shapes, config)?.activeParameters).toBe(17)
    expect(mixture({ ...shapes, 'tower.0.experts.up': [2, 8, 2] }, config)).toBeNull()
    expect(mixture({ ...shapes, 'tower.0.experts.up': [8, 8, 2] }, config)).toBeNull()
    const listed = (tower: number) =>
      Object.fromEntries(
        ['layers.0', 'tower.0'].flatMap((at, i) =>
          Array.from({ length: i === 0 ? 4 : tower }, (_, n) => [`${at}.experts.${n}.w`, [4, 4]]),
        ),
      )
    expect(mixture(listed(4), config)?.activeParameters).toBe(32)
    expect(mixture(listed(2), config)).toBeNull()
  })
})
