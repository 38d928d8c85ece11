import type { Rule } from '../rule.ts'

export const indexTotalSize: Rule = {
  id: 'index/total-size',
  level: 'warning',
  claim: 'total_size of the index is the size of its tensors',
  why: 'Tools plan memory and check downloads by it; a wrong one says the index is of another save.',
  case: 'An index listed 30 shards where 15 had been shipped (Neph0s/CoSER #3).',
  fix: 'write the index again from the shards',
}
