import { suggestPattern } from '../../model/pattern-suggestion.ts'
import type { Rule } from '../rule.ts'

export const policyNoMatch: Rule = {
  id: 'policy/no-match',
  level: 'error',
  claim: 'Every pattern of the policy fits something',
  why: 'A pattern that fits nothing checks nothing, and nobody notices: policies rot when keys are renamed.',
  case: 'ESLint and ruff report configuration that applies to nothing; a check that silently checks nothing is the worst bug a CI can have.',
  fix: 'correct the pattern or remove it',
  needs: 'policy',

  *check({ expected, stateDict }) {
    const names = (stateDict?.tensors ?? []).map(({ name }) => name)
    for (const { value: pattern, at } of expected.allowed ?? []) {
      if (names.some(pattern.matches)) continue
      const near = suggestPattern(pattern.text, names)
      yield {
        message: `the allowed pattern ${JSON.stringify(pattern.text)} fits no tensor`,
        at,
        ...(near === undefined ? {} : { fix: `did you mean ${JSON.stringify(near)}?` }),
      }
    }
  },
}
