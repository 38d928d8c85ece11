import { type More, moreText } from '../../../findings/more.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Kind, Level } from '../../../model/verdict.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { expectedOfTensors } from '../../policy/expected-tensors.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'

type OtherKind = { kind: Kind; level: Level; reason: string; expected: Kind }

export const tensorsKind = rule({
  id: 'tensors/kind',
  level: 'error',
  claim: 'Tensors are the parameters and buffers the policy says',
  why: 'A buffer that became a parameter is trained and decayed; a parameter that became a buffer is not trained any more.',
  case: 'Buffers that come and go with a release broke loading (huggingface/transformers #35255, EleutherAI/gpt-neox #1168).',
  fix: 'look at the evidence with: sdinspect why',
  needs: 'policy',
  message: (args: OtherKind | More) =>
    'more' in args
      ? moreText(args, 'are of another kind')
      : `${args.kind} (${args.level}: ${args.reason}), expected ${args.expected}`,

  check: (subject, tell) => capped(mismatches(subject, tell), tell),
})

function* mismatches(subject: CheckSubject, tell: Tell<OtherKind | More>): Generator<Finding> {
  for (const [tensor, { value, at }] of expectedOfTensors(subject, (said) => said.kind)) {
    const { name, kind, kindLevel: level, kindReason: reason } = tensor
    if (kind !== value) yield tell({ kind, level, reason, expected: value }, { tensor: name, at })
  }
}
