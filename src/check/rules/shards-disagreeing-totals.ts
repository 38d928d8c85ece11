import type { Rule } from '../rule.ts'

export const shardsDisagreeingTotals: Rule = {
  id: 'shards/disagreeing-totals',
  level: 'error',
  claim: 'All shards are of one save',
  why: 'Shards that count to different totals come from two saves, and their tensors from two models.',
  case: 'Blaizzy/mlx-vlm PR #1464: files of two conversions in one folder.',
  fix: 'keep the shards of one save',
}
