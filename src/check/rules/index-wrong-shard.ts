import type { Rule } from '../rule.ts'

export const indexWrongShard: Rule = {
  id: 'index/wrong-shard',
  level: 'error',
  claim: 'Every tensor is in the shard the index says',
  why: 'Loaders that open only the shard they need do not find the tensor.',
  case: 'A 3-way diagnosis of one missing tensor (JustVugg/colibri PR #1487).',
  fix: 'write the index again from the shards',
}
