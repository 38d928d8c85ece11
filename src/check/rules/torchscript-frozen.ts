import type { Rule } from '../rule.ts'

export const torchscriptFrozen: Rule = {
  id: 'torchscript/frozen',
  level: 'info',
  claim: 'A TorchScript module records its parameters',
  why: 'torch.jit.freeze makes constants of the weights: they cannot be trained or loaded into another module any more.',
  case: 'torch.jit.freeze documents it.',
  fix: 'keep the module from before freezing, if it is to be trained',
}
