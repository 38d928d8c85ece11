import type { Checkpoint } from '../../model/checkpoint.ts'
import { inspectionOf } from '../../model/inspection.ts'
import { lowRankPairs } from '../low-rank-pairs.ts'
import { rule } from '../rule.ts'

/** The full model in the folder of an adapter: the configuration of the adapter is not its own. */
function isModelBeside({ side, files }: Checkpoint): boolean {
  const isAdapter = files.some(({ name, role }) => role === 'weights' && /adapter/i.test(name))
  return side.config?.has('architectures') === true && !isAdapter
}

export const loraEmpty = rule({
  id: 'lora/empty',
  level: 'error',
  claim: 'An adapter of a LoRA configuration has LoRA tensors',
  why: 'Saved with a state dict of the wrong model, or under ZeRO-3, an adapter has a configuration and no weights. It loads, and changes nothing.',
  case: 'Adapters of 443 and 888 bytes (mikeybellissimo/LoRA-MPT #5, huggingface/transformers #24551).',
  fix: 'save the adapter with model.save_pretrained of the PEFT model',
  message: ({ tensors }: { tensors: number }) =>
    `adapter_config.json is of a LoRA, and none of the ${tensors} tensors is half of a LoRA pair`,
  about: ['file', 'key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const config = checkpoint.side.adapterConfig
    if (config?.get('peft_type') !== 'LORA' || !isWhole) return
    if (lowRankPairs(stateDict).length > 0 || isModelBeside(checkpoint)) return
    const tensors = stateDict === null ? 0 : inspectionOf(stateDict).length
    yield tell({ tensors }, { file: 'adapter_config.json', key: 'peft_type' })
  },
})
