import type { Rule } from '../rule.ts'

export const evidenceOrder: Rule = {
  id: 'evidence/order',
  level: 'info',
  claim: 'The entries stand in the order in which the modules wrote them',
  why: 'A module writes its parameters before its buffers. Where a state dict was edited after that, its order says nothing of an entry, and sdinspect concludes nothing from it.',
  case: 'A conversion script that renames with sd[new] = sd.pop(old) keeps _metadata and moves the entry to the end of its module, behind the buffers.',
  fix: 'nothing, or save the state dict of the loaded model again',
}
