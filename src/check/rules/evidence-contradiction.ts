import type { Rule } from '../rule.ts'

export const evidenceContradiction: Rule = {
  id: 'evidence/contradiction',
  level: 'warning',
  claim: 'Nothing in the checkpoint contradicts what is declared of a tensor',
  why: 'Where a file declares a tensor a parameter and the optimizer beside it says otherwise, one of the two belongs to another model.',
  case: 'An optimizer state resumed with the parameters of another run fails late, or trains the wrong tensors.',
  fix: 'look at the evidence with: sdinspect why',
}
