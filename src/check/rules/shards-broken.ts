import type { Rule } from '../rule.ts'

export const shardsBroken: Rule = {
  id: 'shards/broken',
  level: 'error',
  claim: 'Every shard can be read',
  why: 'One broken shard is a part of the model that is not there.',
  case: 'A shard with a valid header and other bytes than its SHA-256 promised gave silently wrong output (vllm-project/vllm PR #53537).',
  fix: 'download the shard again',
}
