import type { Rule } from '../rule.ts'

export const policyUnusedSuppression: Rule = {
  id: 'policy/unused-suppression',
  level: 'warning',
  claim: 'Every suppression suppresses something',
  why: 'A suppression that outlived its finding hides the next one.',
  case: 'ruff has a rule for it: RUF100.',
  fix: 'remove the suppression',
  needs: 'policy',
}
