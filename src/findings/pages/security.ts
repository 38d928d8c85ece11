import type { securityFindings } from '../security.ts'
import type { Pages } from './page.ts'

export const securityPages: Pages<typeof securityFindings> = {
  'security/pickle-globals': {
    claim: 'Loading the file runs no code but that of plain weights',
    why: 'A pickle is a program. What it imports beyond tensors and containers is run by torch.load(weights_only=False).',
    case: 'Teams block such files before load or deploy (invoke-ai/InvokeAI PR #1495); a scanner with too short a list of safe names raises false alarms (protectai/modelscan #5).',
    fix: 'ask for safetensors or a plain state dict; load the file only if you trust its author',
  },
}
