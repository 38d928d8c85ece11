import type { Rule } from '../rule.ts'

export const torchUnlistedTensors: Rule = {
  id: 'torch/unlisted-tensors',
  level: 'warning',
  claim: 'Every tensor that the file builds is in a state dict',
  why: 'A tensor that is only an argument of some call, a key, or part of an object of a class of its own is loaded with the file, and nothing here says more of it.',
  case: 'Averaged weights inside a helper object of a training library, which a look at the state dicts misses.',
  fix: 'save the tensors in a dict with names',
}
