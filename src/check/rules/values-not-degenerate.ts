import type { Rule } from '../rule.ts'

export const valuesNotDegenerate: Rule = {
  id: 'values/not-degenerate',
  level: 'error',
  claim: 'No weight is all zeros or one constant',
  why: 'A weight of zeros was never written, never trained, or lost in a download that was cut off.',
  case: 'All-zero MLP weights in every served artifact (microsoft/BitNet #608).',
  fix: 'save the model again and compare it with the one in memory',
  needs: 'values',
}
