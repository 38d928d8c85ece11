import { type More, moreText } from '../../findings/more.ts'
import type { Finding } from '../../model/finding.ts'
import type { TensorReport } from '../../model/report.ts'
import type { Kind, Trainable } from '../../model/verdict.ts'
import { type Level, levelRank } from '../../model/verdict.ts'
import type { CheckSubject } from '../check-subject.ts'
import { capped } from '../findings/capped.ts'
import type { Said } from '../policy/expectations.ts'
import { expectedOfTensors } from '../policy/expected-tensors.ts'
import type { Tell } from '../rule.ts'
import { rule } from '../rule.ts'

type TooWeak =
  | { what: 'kind'; answer: Kind; level: Level; expected: Level }
  | { what: 'trainable'; answer: Trainable; level: Level; expected: Level }

export const evidenceLevel = rule({
  id: 'evidence/level',
  level: 'error',
  claim: 'What tensors are is known as surely as the policy asks',
  why: 'A number of parameters that rests on guesses is a guess. A policy can ask that every answer is declared by the file or follows from it.',
  case: 'Model cards with counts that no two tools agree on (embeddings-benchmark/mteb #3811).',
  fix: 'save what records it: a whole module, a manifest beside the file, the optimizer; sdinspect why shows what is missing',
  needs: 'policy',
  message: (args: TooWeak | More) => {
    if ('more' in args) return moreText(args, 'are known too weakly')
    const { what, answer, level, expected } = args
    const said = what === 'kind' ? `that it is a ${answer}` : `whether it trains (${answer})`
    return `${said} is ${level}, expected ${expected === 'declared' ? expected : `${expected} or better`}`
  },

  check: (subject, tell) => capped(tooWeak(subject, tell), tell),
})

function* tooWeak(subject: CheckSubject, tell: Tell<TooWeak | More>): Generator<Finding> {
  const { kindLevel, trainableLevel } = subject.expected
  const own = new Map<TensorReport, Said<Level>>(expectedOfTensors(subject, (said) => said.evidence))
  for (const tensor of subject.stateDict?.tensors ?? []) {
    const kind = own.get(tensor) ?? kindLevel
    if (kind !== null && levelRank(tensor.kindLevel) > levelRank(kind.value))
      yield tell(
        { what: 'kind', answer: tensor.kind, level: tensor.kindLevel, expected: kind.value },
        { tensor: tensor.name, at: kind.at },
      )
    if (trainableLevel !== null && levelRank(tensor.trainableLevel) > levelRank(trainableLevel.value))
      yield tell(
        {
          what: 'trainable',
          answer: tensor.trainable,
          level: tensor.trainableLevel,
          expected: trainableLevel.value,
        },
        { tensor: tensor.name, at: trainableLevel.at },
      )
  }
}
