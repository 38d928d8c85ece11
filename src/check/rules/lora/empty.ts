import { inspectionOf } from '../../../model/inspection.ts'
import { rule } from '../../rule.ts'
import { isBesideAdapter } from '../../structure/beside-adapter.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

/** What the tensors of an adapter have in their names, by `peft_type`: peft/tuners, `adapter_layer_names`. */
const marks: ReadonlyMap<unknown, readonly [title: string, mark: string]> = new Map([
  ['LOHA', ['LoHa', '.hada_']],
  ['LOKR', ['LoKr', '.lokr_']],
  ['IA3', ['IA3', '.ia3_']],
  ['BOFT', ['BOFT', '.boft_']],
  ['VERA', ['VeRA', '.vera_']],
])

export const loraEmpty = rule({
  id: 'lora/empty',
  level: 'error',
  claim: 'An adapter has tensors of the kind that its configuration says',
  why: 'Saved with a state dict of the wrong model, or under ZeRO-3, an adapter has a configuration and no weights. It loads, and changes nothing.',
  case: 'Adapters of 443 and 888 bytes (mikeybellissimo/LoRA-MPT #5, huggingface/transformers #24551).',
  fix: 'save the adapter with model.save_pretrained of the PEFT model',
  message: ({ tensors, kind = null }: { tensors: number; kind?: string | null }) =>
    kind === null
      ? `adapter_config.json is of a LoRA, and none of the ${tensors} tensors is half of a LoRA pair`
      : `adapter_config.json is of ${kind}, and none of the ${tensors} tensors is of one`,
  about: ['file', 'key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const config = checkpoint.side.adapterConfig
    const type = config?.get('peft_type')
    const other = marks.get(type)
    if ((type !== 'LORA' && other === undefined) || !isWhole || isBesideAdapter(checkpoint)) return
    const about = { file: 'adapter_config.json', key: 'peft_type' }
    const tensors = stateDict === null ? 0 : inspectionOf(stateDict).length
    if (other !== undefined) {
      const [kind, mark] = other
      if (stateDict?.tensors.some(({ name }) => name.includes(mark)) !== true)
        yield tell({ tensors, kind }, about)
    } else if (lowRankPairs(stateDict).length === 0) yield tell({ tensors }, about)
  },
})
