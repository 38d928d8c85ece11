import { capped } from '../capped.ts'
import { expectedOfTensors } from '../expected-tensors.ts'
import type { Found } from '../finding.ts'
import type { CheckSubject, Rule } from '../rule.ts'

export const tensorsTrainable: Rule = {
  id: 'tensors/trainable',
  level: 'error',
  claim: 'Tensors train or are frozen as the policy says',
  why: 'A frozen tower that trains, or a head that does not, is seen in the loss days later. What the file does not record fails too: unknown is no yes.',
  case: 'Tests of trainers assert it: adapter changed, base unchanged (huggingface/trl, seven test files).',
  fix: 'save a checkpoint that records it (optimizer with names, whole module), or say --frozen',
  needs: 'policy',

  check: (subject) => capped(mismatches(subject), 'are not as trainable as expected'),
}

function* mismatches(subject: CheckSubject): Generator<Found> {
  for (const [tensor, { value, at }] of expectedOfTensors(subject, (said) => said.trainable))
    if (tensor.trainable !== value)
      yield {
        message: `trainable: ${tensor.trainable} (${tensor.trainableLevel}: ${tensor.trainableReason}), expected ${value}`,
        tensor: tensor.name,
        at,
      }
}
