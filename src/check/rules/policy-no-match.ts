import type { More } from '../../findings/more.ts'
import type { CheckSubject } from '../check-subject.ts'
import { capped } from '../findings/capped.ts'
import { nearFix, type Unfit } from '../policy/unfit.ts'
import { rule, type Tell } from '../rule.ts'
import { TensorNames } from '../structure/tensor-names.ts'

export const policyNoMatch = rule({
  id: 'policy/no-match',
  level: 'error',
  claim: 'Every pattern of the policy fits something',
  why: 'A pattern that fits nothing checks nothing, and nobody notices: policies rot when keys are renamed.',
  case: 'ESLint and ruff report configuration that applies to nothing; a check that silently checks nothing is the worst bug a CI can have.',
  fix: 'correct the pattern or remove it',
  needs: 'policy',
  message: (args: Unfit | More) =>
    'more' in args
      ? `${args.more} more allowed patterns fit no tensor`
      : `the allowed pattern ${JSON.stringify(args.pattern)} fits no tensor`,
  fixOf: (args) => ('more' in args ? null : nearFix(args)),
  measures: ['near'],

  check: (subject, tell) => capped(unfit(subject, tell), tell),
})

function* unfit(subject: CheckSubject, tell: Tell<Unfit | More>) {
  const names = new TensorNames(subject)
  for (const { value: pattern, at } of subject.expected.allowed ?? [])
    if (!names.isFitted(pattern)) yield tell({ pattern: pattern.text, near: names.near(pattern) }, { at })
}
