import type { Rule } from '../rule.ts'

export const policyExpiredSuppression: Rule = {
  id: 'policy/expired-suppression',
  level: 'error',
  claim: 'No suppression is past its date',
  why: 'The date was a promise to fix it by then. The finding counts again.',
  case: 'trivy has expired_at for the same reason.',
  fix: 'fix what was suppressed, or agree on a new date',
  needs: 'policy',
}
