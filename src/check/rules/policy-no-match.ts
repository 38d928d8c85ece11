import { rule } from '../rule.ts'
import { TensorNames } from '../tensor-names.ts'
import { nearFix, type Unfit } from '../unfit.ts'

export const policyNoMatch = rule({
  id: 'policy/no-match',
  level: 'error',
  claim: 'Every pattern of the policy fits something',
  why: 'A pattern that fits nothing checks nothing, and nobody notices: policies rot when keys are renamed.',
  case: 'ESLint and ruff report configuration that applies to nothing; a check that silently checks nothing is the worst bug a CI can have.',
  fix: 'correct the pattern or remove it',
  needs: 'policy',
  message: ({ pattern }: Unfit) => `the allowed pattern ${JSON.stringify(pattern)} fits no tensor`,
  fixOf: nearFix,
  about: ['at'],
  measures: ['near'],

  *check(subject, tell) {
    const names = new TensorNames(subject)
    for (const { value: pattern, at } of subject.expected.allowed ?? []) {
      if (names.isFitted(pattern)) continue
      yield tell({ pattern: pattern.text, near: names.near(pattern) }, { at })
    }
  },
})
