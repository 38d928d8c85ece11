import type { RuleId } from '../../findings/catalogue.ts'

/** Findings that a part of the checkpoint could not be read. Where one does not count, there is no verdict. */
const unreadRules: ReadonlySet<string> = new Set<RuleId>([
  'format/valid',
  'file/not-a-pointer',
  'shards/broken',
  'index/missing-shard',
  'torch/unread-member',
  'torch-distributed/missing-file',
  'torch-distributed/short-file',
])

export function isOfUnread(rule: string): boolean {
  return unreadRules.has(rule)
}
