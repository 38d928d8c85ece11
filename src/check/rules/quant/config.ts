import type { TensorReport } from '../../../model/report.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { rule } from '../../rule.ts'

type Config =
  | { what: 'not-said'; scheme: string }
  | { what: 'not-quantised'; method: string }
  | { what: 'width'; said: number; stored: number }

/** Methods whose weights are packed or of 8 bits in the file; others quantise when they load. */
const stored = new Set(['gptq', 'awq', 'fp8', 'bitsandbytes', 'mxfp4'])

export const quantConfig = rule({
  id: 'quant/config',
  level: 'warning',
  claim: 'The weights are quantised as config.json says',
  why: 'A loader that expects packed weights and finds plain ones fails or quantises them again; one that expects plain weights reads packed ones as noise.',
  case: '27 of 536 configurations had a status that did not match the stored layout (huggingface/transformers PR #47152).',
  fix: 'use the config.json that was saved with these weights',
  message: (args: Config) =>
    args.what === 'not-said'
      ? `the weights are ${args.scheme}, and config.json has no quantization_config`
      : args.what === 'width'
        ? `quantization_config says ${args.said} bits, and weights are packed in ${args.stored}`
        : `quantization_config says ${args.method}, and no tensor is quantised`,
  // A loader makes tensors of other shapes.
  levelOf: ({ what }) => (what === 'width' ? 'error' : 'warning'),
  about: ['file', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config, quantizeConfig } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole) return
    const quantisation = config.get('quantization_config')
    const packed = stateDict.tensors.find(({ quantised }) => quantised !== undefined)
    if (packed !== undefined && quantisation === undefined && quantizeConfig === undefined) {
      yield tell(
        { what: 'not-said', scheme: packed.quantised?.scheme ?? '' },
        { file: 'config.json', tensor: packed.name },
      )
      return
    }
    if (!(quantisation instanceof Map)) return
    const method = quantisation.get('quant_method')
    if (packed !== undefined) {
      const said = quantisation.get('bits')
      // gptqmodel: modules may have widths of their own.
      if ((method !== 'gptq' && method !== 'awq') || typeof said !== 'number' || quantisation.has('dynamic'))
        return
      for (const tensor of stateDict.tensors) {
        const stored = widthOf(tensor)
        if (stored === null || stored === said) continue
        yield tell(
          { what: 'width', said, stored },
          { file: 'config.json', key: 'quantization_config', tensor: tensor.name },
        )
        return
      }
      return
    }
    if (typeof method !== 'string' || !stored.has(method)) return
    const isPlain = stateDict.tensors.every(({ dtype }) => dtype !== null && dtypes[dtype].bits >= 16)
    if (!isPlain || stateDict.tensors.length === 0) return
    yield tell(
      { what: 'not-quantised', method },
      { file: 'config.json', key: 'quantization_config', tensor: stateDict.tensors[0]?.name ?? '' },
    )
  },
})

/** Bits of one weight of a packed tensor; null where it is none, or its layout does not say how many it stands for. */
function widthOf({ dtype, elements, quantised }: TensorReport): number | null {
  const weights = quantised?.logicalElements ?? 0
  if (dtype !== 'I32' || weights === 0) return null
  return (elements * dtypes[dtype].bits) / weights
}
