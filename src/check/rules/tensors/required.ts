import type { More } from '../../../findings/more.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { nearFix, type Unfit } from '../../policy/unfit.ts'
import { rule, type Tell } from '../../rule.ts'
import { TensorNames } from '../../structure/tensor-names.ts'

export const tensorsRequired = rule({
  id: 'tensors/required',
  level: 'error',
  claim: 'Every pattern of the policy’s tensors fits one',
  why: 'What is expected and not there keeps its initial values when the model is loaded. A pattern that fits nothing may also be a slip, and then it checks nothing.',
  case: 'Reviewers ask for it: fail on missing keys, warn about unexpected ones (facebookresearch/mmf PR #664, InvokeAI PR #9581).',
  fix: 'save the missing tensors, correct the pattern, or say required: false',
  needs: 'policy',
  message: (args: Unfit | More) =>
    'more' in args
      ? `${args.more} more patterns fit no tensor`
      : `no tensor fits ${JSON.stringify(args.pattern)}`,
  fixOf: (args) => ('more' in args ? null : nearFix(args)),
  measures: ['near'],

  check: (subject, tell) => capped(missing(subject, tell), tell),
})

function* missing(subject: CheckSubject, tell: Tell<Unfit | More>) {
  const names = new TensorNames(subject)
  for (const { pattern, required, at } of subject.expected.tensors) {
    if (!required || names.isFitted(pattern)) continue
    yield tell({ pattern: pattern.text, near: names.near(pattern) }, { at, tensor: pattern.text })
  }
}
