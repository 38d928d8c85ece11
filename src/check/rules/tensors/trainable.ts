import { type More, moreText } from '../../../findings/more.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Level, Trainable } from '../../../model/verdict.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { expectedOfTensors } from '../../policy/expected-tensors.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'

type OtherTrainable = { trainable: Trainable; level: Level; reason: string; expected: Trainable }

export const tensorsTrainable = rule({
  id: 'tensors/trainable',
  level: 'error',
  claim: 'Tensors train or are frozen as the policy says',
  why: 'A frozen tower that trains, or a head that does not, is seen in the loss days later. What the file does not record fails too: unknown is no yes.',
  case: 'Tests of trainers assert it: adapter changed, base unchanged (huggingface/trl, seven test files).',
  fix: 'save a checkpoint that records it (optimizer with names, whole module), or say --frozen',
  needs: 'policy',
  message: (args: OtherTrainable | More) =>
    'more' in args
      ? moreText(args, 'are not as trainable as expected')
      : `trainable: ${args.trainable} (${args.level}: ${args.reason}), expected ${args.expected}`,

  check: (subject, tell) => capped(mismatches(subject, tell), tell),
})

function* mismatches(subject: CheckSubject, tell: Tell<OtherTrainable | More>): Generator<Finding> {
  for (const [tensor, { value, at }] of expectedOfTensors(subject, (said) => said.trainable)) {
    const { name, trainable, trainableLevel: level, trainableReason: reason } = tensor
    if (trainable !== value) yield tell({ trainable, level, reason, expected: value }, { tensor: name, at })
  }
}
