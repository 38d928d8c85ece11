import { capped } from '../capped.ts'
import { expectedOfTensors } from '../expected-tensors.ts'
import type { Found } from '../finding.ts'
import type { CheckSubject, Rule } from '../rule.ts'

export const tensorsKind: Rule = {
  id: 'tensors/kind',
  level: 'error',
  claim: 'Tensors are the parameters and buffers the policy says',
  why: 'A buffer that became a parameter is trained and decayed; a parameter that became a buffer is not trained any more.',
  case: 'Buffers that come and go with a release broke loading (huggingface/transformers #35255, EleutherAI/gpt-neox #1168).',
  fix: 'look at the evidence with: sdinspect why',
  needs: 'policy',

  check: (subject) => capped(mismatches(subject), 'are of another kind'),
}

function* mismatches(subject: CheckSubject): Generator<Found> {
  for (const [tensor, { value, at }] of expectedOfTensors(subject, (said) => said.kind))
    if (tensor.kind !== value)
      yield {
        message: `${tensor.kind} (${tensor.kindLevel}: ${tensor.kindReason}), expected ${value}`,
        tensor: tensor.name,
        at,
      }
}
