import type { Rule } from '../rule.ts'

export const torchNoTensors: Rule = {
  id: 'torch/no-tensors',
  level: 'warning',
  claim: 'The file holds tensors',
  why: 'A file of torch.save without any tensor loads and changes nothing.',
  case: 'Adapters of 443 bytes that held a configuration and no weights (mikeybellissimo/LoRA-MPT #5).',
  fix: 'save the state dict of the model',
}
