import type { Rule } from '../rule.ts'

export const evidenceFrozenFitsNothing: Rule = {
  id: 'evidence/frozen-fits-nothing',
  level: 'warning',
  claim: 'What is said to be frozen is in the checkpoint',
  why: 'A pattern that names frozen tensors and fits none freezes nothing, and the trainable count is that of the whole model.',
  case: 'Module names change in a refactoring, and a pattern written for the old ones goes on as if it still held.',
  fix: 'look at the names with: sdinspect ls; * stays within a segment, ** goes across',
}
