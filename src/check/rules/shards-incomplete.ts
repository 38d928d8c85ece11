import type { Rule } from '../rule.ts'

export const shardsIncomplete: Rule = {
  id: 'shards/incomplete',
  level: 'error',
  claim: 'By their names, all shards of the set are there',
  why: 'The name of a shard says how many there are; one that is missing leaves weights uninitialised.',
  case: 'The index said 30 shards and 15 were shipped (Neph0s/CoSER #3).',
  fix: 'download the missing shards',
}
