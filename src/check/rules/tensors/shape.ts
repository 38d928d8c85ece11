import { type More, moreText } from '../../../findings/more.ts'
import type { Finding } from '../../../model/finding.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { expectedOfTensors } from '../../policy/expected-tensors.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'

type OtherShape = { shape: string; expected: string }

export const tensorsShape = rule({
  id: 'tensors/shape',
  level: 'error',
  claim: 'Tensors have the shapes the policy says',
  why: 'load_state_dict refuses another shape, and a transposed square matrix loads and is wrong.',
  case: 'A size mismatch in production where a test on the file would have been a line (ai2cm/ace PR #828).',
  fix: 'save the model with the shape it was agreed to have, or correct the policy',
  needs: 'policy',
  message: (args: OtherShape | More) =>
    'more' in args
      ? moreText(args, 'have another shape')
      : `shape [${args.shape}], expected [${args.expected}]`,

  check: (subject, tell) => capped(mismatches(subject, tell), tell),
})

function* mismatches(subject: CheckSubject, tell: Tell<OtherShape | More>): Generator<Finding> {
  for (const [{ name, shape }, { value, at }] of expectedOfTensors(subject, (said) => said.shape)) {
    const fits =
      shape.length === value.length && value.every((length, i) => length === null || length === shape[i])
    if (fits) continue
    const wanted = value.map((length) => length ?? '*').join(', ')
    yield tell({ shape: shape.join(', '), expected: wanted }, { tensor: name, at })
  }
}
