import type { Rule } from '../rule.ts'

export const shardsDuplicateTensor: Rule = {
  id: 'shards/duplicate-tensor',
  level: 'error',
  claim: 'Every tensor is in one shard only',
  why: 'Of two tensors with one name, loaders take the one they happen to read last.',
  case: 'Shards of two saves in one folder (Blaizzy/mlx-vlm PR #1464).',
  fix: 'delete the shard that does not belong here',
}
