import type { Rule } from '../rule.ts'

export const zipNameCase: Rule = {
  id: 'zip/name-case',
  level: 'warning',
  claim: 'Entries of the archive have the names torch gives them',
  why: 'torch finds entries whatever their case, other readers do not: the two may see different files.',
  case: 'Archives packed again by tools that change names.',
  fix: 'save the file again with torch.save',
}
