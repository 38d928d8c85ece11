import type { Rule } from '../rule.ts'

export const indexMissingShard: Rule = {
  id: 'index/missing-shard',
  level: 'error',
  claim: 'Every shard that the index names is there',
  why: 'Loaders leave the weights of a shard that is not there uninitialised, and start all the same.',
  case: 'An index that named shards that were not on disk: the server booted and answered garbage (sgl-project/sglang PR #32279).',
  fix: 'download the missing shards',
}
