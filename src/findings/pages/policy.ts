import type { policyFindings } from '../policy.ts'
import type { Pages } from './page.ts'

export const policyPages: Pages<typeof policyFindings> = {
  'policy/expired-suppression': {
    claim: 'No suppression is past its date',
    why: 'The date was a promise to fix it by then. The finding counts again.',
    case: 'trivy has expired_at for the same reason.',
    fix: 'fix what was suppressed, or agree on a new date',
  },
  'policy/unused-suppression': {
    claim: 'Every suppression suppresses something',
    why: 'A suppression that outlived its finding hides the next one.',
    case: 'ruff has a rule for it: RUF100.',
    fix: 'remove the suppression',
  },
}
