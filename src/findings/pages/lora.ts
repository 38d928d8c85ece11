import type { loraFindings } from '../lora.ts'
import type { Pages } from './page.ts'

export const loraPages: Pages<typeof loraFindings> = {
  'lora/rank': {
    claim: 'The rank in adapter_config.json is that of the tensors',
    why: 'The rank decides the scaling of the adapter; a wrong one scales every update wrongly and nothing fails.',
    case: 'A rank per module other than r mis-scaled the adapter (vllm-omni PR #6565).',
    fix: 'use the adapter_config.json that was saved with these weights',
  },
}
