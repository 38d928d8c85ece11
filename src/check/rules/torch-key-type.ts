import type { Rule } from '../rule.ts'

export const torchKeyType: Rule = {
  id: 'torch/key-type',
  level: 'warning',
  claim: 'Every key of the state dict is a text',
  why: 'load_state_dict goes by names; an entry under a number or another object is passed over.',
  case: 'Optimizer states have numbers as keys, models have not.',
  fix: 'save the state dict with string keys',
}
