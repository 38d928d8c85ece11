import type { loraFindings } from '../lora.ts'
import type { Pages } from './page.ts'

export const loraPages: Pages<typeof loraFindings> = {
  'lora/rank': {
    claim: 'The rank in adapter_config.json is that of the tensors',
    why: 'The rank decides the scaling of the adapter; a wrong one scales every update wrongly and nothing fails.',
    case: 'A rank per module other than r mis-scaled the adapter (vllm-omni PR #6565).',
    fix: 'use the adapter_config.json that was saved with these weights',
  },
  'lora/untrained': {
    claim: 'No LoRA update is all zeros',
    why: 'The up half starts as zeros: where it still is, the adapter was never trained or the wrong one was saved.',
    case: 'All lora_B were zero after training (tloen/alpaca-lora #357, hiyouga/LLaMA-Factory #852).',
    fix: 'save the adapter that was trained, not a fresh one',
  },
}
