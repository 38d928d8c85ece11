import type { HubModelFiles } from './hub-imitation.ts'
import { entry, safetensorsBytes } from './safetensors-bytes.ts'

const modules = ['q_proj', 'k_proj', 'v_proj', 'o_proj']

/**
 * A model of many shards as the Hub has them: an index, a configuration, and shards of `experts` small experts each, large
 * enough that a first read of 100,000 bytes takes no shard whole.
 */
export function largeHubModel(shards: number, experts = 24): HubModelFiles {
  const files = new Map<string, Uint8Array>()
  const weightMap: Record<string, string> = {}
  const elements = 1_024
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-${number(shard + 1)}-of-${number(shards)}.safetensors`
    const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
    let at = 0
    for (let expert = 0; expert < experts; expert++)
      for (const module of modules) {
        const tensor = `model.layers.${shard}.mlp.experts.${expert}.${module}.weight`
        header[tensor] = entry('BF16', [32, elements / 32], at, at + 2 * elements)
        weightMap[tensor] = name
        at += 2 * elements
      }
    files.set(name, safetensorsBytes({ header: JSON.stringify(header), data: at }))
  }
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  files.set('model.safetensors.index.json', json({ metadata: {}, weight_map: weightMap }))
  files.set('config.json', json({ model_type: 'deepseek_v3', architectures: ['DeepseekV3ForCausalLM'] }))
  return { files }
}

function number(shard: number): string {
  return String(shard).padStart(6, '0')
}
