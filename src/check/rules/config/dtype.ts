import { configValue } from '../../../model/config-value.ts'
import { dtypeOfTorch, dtypes } from '../../../model/tensors/dtype.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

export const configDtype = rule({
  id: 'config/dtype',
  level: 'warning',
  claim: 'Most weights have the element type that config.json says',
  why: 'A model saved in another type is twice or half the size, and loaders that take the type from config.json convert it without a word.',
  case: 'bfloat16 models released as float32: 16.1 GB in place of 8.0 (meta-llama/llama-cookbook #289, instructlab/training #477).',
  fix: 'convert the model before saving: model.to(torch.bfloat16), or correct dtype in config.json',
  message: ({ said, dtype, most }: { said: string; dtype: string; most: string }) =>
    `config.json says ${said} (${dtype}), and most weights are ${most}`,
  about: ['file', 'key'],

  *check({ checkpoint, stateDict }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config?.has('quantization_config')) return
    if (checkpoint.side.hasVariants) return
    // An adapter is of its own type, and the configuration beside it that of its model.
    if (checkpoint.side.adapterConfig !== undefined && lowRankPairs(stateDict).length > 0) return
    const text = configValue(config, 'dtype', 'torch_dtype')
    const stated = typeof text === 'string' ? dtypeOfTorch(text) : undefined
    if (stated === undefined) return
    const floats = new Map<string, number>()
    for (const { dtype, kind, bytes, quantised, tiedTo } of stateDict.tensors) {
      if (quantised !== undefined) return
      if (kind !== 'parameter' || dtype === null || !dtypes[dtype].requiresGrad || tiedTo !== null) continue
      floats.set(dtype, (floats.get(dtype) ?? 0) + (bytes ?? 0))
    }
    const [most] = [...floats].sort((a, b) => b[1] - a[1])
    if (most === undefined || most[0] === stated) return
    const example = stateDict.tensors.find(({ dtype, kind }) => dtype === most[0] && kind === 'parameter')
    yield tell(
      { said: String(text), dtype: stated, most: most[0] },
      { file: 'config.json', key: String(text), tensor: example?.name },
    )
  },
})
