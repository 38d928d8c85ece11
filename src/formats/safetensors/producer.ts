/** Who writes which `format`, in words. */
const frameworks = new Map([
  ['pt', 'PyTorch'],
  ['tf', 'TensorFlow'],
  ['flax', 'Flax'],
  ['np', 'NumPy'],
  ['mlx', 'MLX'],
  ['paddle', 'PaddlePaddle'],
])

/** The writer as far as `__metadata__` tells, or null. */
export function producerOf(metadata: ReadonlyMap<string, string>): string | null {
  const short = (key: string) => {
    const value = metadata.get(key) ?? ''
    return value.length <= 40 ? value : `${value.slice(0, 39)}…`
  }
  const detail = (key: string) => (metadata.has(key) && short(key) !== '' ? ` (${short(key)})` : '')

  if (metadata.has('ss_network_module')) return `kohya sd-scripts${detail('ss_network_module')}`
  if (someKey(metadata, (key) => key.startsWith('ss_'))) return 'kohya sd-scripts'
  if (metadata.has('DCP_SHARDING_INFO') || metadata.has('DCP_VERSION'))
    return `torch.distributed.checkpoint, Hugging Face writer${detail('DCP_VERSION')}`
  if (metadata.has('auto_gptq_version')) return `AutoGPTQ${detail('auto_gptq_version')}`
  if (metadata.has('gptq_bits')) return 'AutoGPTQ'
  if (metadata.has('tensor_names') && metadata.has('format')) return 'transformers with torchao'
  if (metadata.has('modelspec.sai_model_spec')) {
    const implementation = detail('modelspec.implementation')
    return `ModelSpec ${short('modelspec.sai_model_spec')}${implementation}`
  }
  const format = metadata.get('format')
  if (format === undefined) return null
  const framework = frameworks.get(format)
  return framework === undefined ? `format ${short('format')}` : `${framework} (format ${format})`
}

function someKey(metadata: ReadonlyMap<string, string>, claim: (key: string) => boolean): boolean {
  for (const key of metadata.keys()) if (claim(key)) return true
  return false
}
