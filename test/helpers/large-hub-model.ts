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

/** BERT base with the names, the configuration and the long header it has, and values of a thousandth. */
export function oneFileHubModel(): HubModelFiles {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let at = 0
  const add = (name: string, shape: readonly number[]): void => {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1)
    header[name] = entry('F32', [...shape], at, at + bytes)
    at += bytes
  }
  const pair = (name: string, out: number, into: number): void => {
    add(`${name}.weight`, [out, into])
    add(`${name}.bias`, [out])
  }
  const norm = (name: string): void => {
    add(`${name}.weight`, [24])
    add(`${name}.bias`, [24])
  }
  for (const [kind, rows] of [
    ['word', 953],
    ['position', 16],
    ['token_type', 2],
  ] as const)
    add(`bert.embeddings.${kind}_embeddings.weight`, [rows, 24])
  norm('bert.embeddings.LayerNorm')
  for (let layer = 0; layer < 12; layer++) {
    const of = (name: string): string => `bert.encoder.layer.${layer}.${name}`
    for (const module of ['query', 'key', 'value']) pair(of(`attention.self.${module}`), 24, 24)
    pair(of('attention.output.dense'), 24, 24)
    norm(of('attention.output.LayerNorm'))
    pair(of('intermediate.dense'), 96, 24)
    pair(of('output.dense'), 24, 96)
    norm(of('output.LayerNorm'))
  }
  add('cls.predictions.bias', [953])
  const config = { architectures: ['BertForMaskedLM'], model_type: 'bert', vocab_size: 953, hidden_size: 24 }
  return {
    files: new Map([
      ['model.safetensors', safetensorsBytes({ header: JSON.stringify(header), data: at })],
      ['config.json', new TextEncoder().encode(JSON.stringify(config))],
      ['README.md', new TextEncoder().encode('# BERT')],
    ]),
  }
}

function number(shard: number): string {
  return String(shard).padStart(6, '0')
}
