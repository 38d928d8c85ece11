import type { Rule } from '../rule.ts'

export const torchUnusedStorage: Rule = {
  id: 'torch/unused-storage',
  level: 'info',
  claim: 'Every storage belongs to a tensor',
  why: 'A storage no tensor uses is size without use, or a tensor in a part of the file that was not recognised.',
  case: 'Checkpoints of training runs keep generator states and buffers of custom classes.',
  fix: 'save only the state dict',
}
