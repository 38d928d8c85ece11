import type { Rule } from '../rule.ts'

export const torchOversizedStorage: Rule = {
  id: 'torch/oversized-storage',
  level: 'info',
  claim: 'Every storage is as large as its tensors',
  why: 'torch.save writes the whole storage of a view: ten rows of a large tensor, saved without clone(), take the size of the large one, and carry data nobody meant to publish.',
  case: 'torch documents it: saving a view saves the storage it is a view of, unless it is cloned first.',
  fix: 'clone views before saving: {name: tensor.clone() for name, tensor in state.items()}',
}
