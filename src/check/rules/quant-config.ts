import { dtypes } from '../../model/dtype.ts'
import { rule } from '../rule.ts'

type Config = { what: 'not-said'; scheme: string } | { what: 'not-quantised'; method: string }

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
      : `quantization_config says ${args.method}, and no tensor is quantised`,
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
    if (packed !== undefined || !(quantisation instanceof Map)) return
    const method = quantisation.get('quant_method')
    if (typeof method !== 'string' || !stored.has(method)) return
    const isPlain = stateDict.tensors.every(({ dtype }) => dtype !== null && dtypes[dtype].bits >= 16)
    if (!isPlain || stateDict.tensors.length === 0) return
    yield tell(
      { what: 'not-quantised', method },
      { file: 'config.json', key: 'quantization_config', tensor: stateDict.tensors[0]?.name ?? '' },
    )
  },
})
