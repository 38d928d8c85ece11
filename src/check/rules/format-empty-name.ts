import type { Rule } from '../rule.ts'

export const formatEmptyName: Rule = {
  id: 'format/empty-name',
  level: 'warning',
  claim: 'Every tensor has a name that is not empty',
  why: 'load_state_dict has nothing to put a tensor without a name in: it is an unexpected key, or left out.',
  case: 'Wrappers that strip a prefix which was the whole name leave an empty one.',
  fix: 'save the file again with the name the model has for the tensor',
}
