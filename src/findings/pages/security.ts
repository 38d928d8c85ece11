import type { securityFindings } from '../security.ts'
import type { Pages } from './page.ts'

export const securityPages: Pages<typeof securityFindings> = {
  'security/pickle-globals': {
    claim: 'Loading the file runs no code but that of plain weights',
    why: 'A pickle is a program. What it imports beyond tensors and containers is run by torch.load(weights_only=False).',
    case: 'Teams block such files before load or deploy (invoke-ai/InvokeAI PR #1495); a scanner with too short a list of safe names raises false alarms (protectai/modelscan #5).',
    fix: 'ask for safetensors or a plain state dict; load the file only if you trust its author',
  },
  'security/model-code': {
    claim: 'Nothing in a model is code that reaches beyond its tensors',
    why: 'A Lambda layer of Keras is marshalled Python, and a function that a configuration names is looked up and called. TorchScript can read and write files. A `.pt2` may hold libraries that AOTInductor compiled, which are loaded with it. `auto_map` of config.json names Python beside the weights or in another repository, which transformers runs with trust_remote_code=True: that is said, and is no error, as many models are made so. Classes that modules.json and model_index.json name beside the weights, `custom_generate/generate.py` and kernels of other repositories were run without that by older versions of their libraries: a warning.',
    case: 'Malicious .keras and .h5 files with Lambda layers (CVE-2024-3660, CVE-2025-9905), and with functions of other modules (CVE-2025-1550, CVE-2025-8747).',
    fix: 'ask for the weights alone, and build the model from code of your own; load the file only if you trust its author',
  },
}
