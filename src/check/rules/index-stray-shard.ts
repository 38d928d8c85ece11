import type { Rule } from '../rule.ts'

export const indexStrayShard: Rule = {
  id: 'index/stray-shard',
  level: 'warning',
  claim: 'No shard of the same set stands beside those of the index',
  why: 'A shard left from another save is loaded by tools that take every file of the folder.',
  case: 'A stray 4-bit file stood next to bf16 shards (Blaizzy/mlx-vlm PR #1464).',
  fix: 'delete what is left of another save, or write the index again',
}
