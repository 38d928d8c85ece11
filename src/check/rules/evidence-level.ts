import type { TensorReport } from '../../model/report.ts'
import { type Level, levelRank } from '../../model/verdict.ts'
import { capped } from '../capped.ts'
import type { Said } from '../expectations.ts'
import { expectedOfTensors } from '../expected-tensors.ts'
import type { Found } from '../finding.ts'
import type { CheckSubject, Rule } from '../rule.ts'

export const evidenceLevel: Rule = {
  id: 'evidence/level',
  level: 'error',
  claim: 'What tensors are is known as surely as the policy asks',
  why: 'A number of parameters that rests on guesses is a guess. A policy can ask that every answer is declared by the file or follows from it.',
  case: 'Model cards with counts that no two tools agree on (embeddings-benchmark/mteb #3811).',
  fix: 'save what records it: a whole module, a manifest beside the file, the optimizer; sdinspect why shows what is missing',
  needs: 'policy',

  check: (subject) => capped(tooWeak(subject), 'are known too weakly'),
}

function* tooWeak(subject: CheckSubject): Generator<Found> {
  const { kindLevel, trainableLevel } = subject.expected
  const own = new Map<TensorReport, Said<Level>>(expectedOfTensors(subject, (said) => said.evidence))
  for (const tensor of subject.stateDict?.tensors ?? []) {
    const kind = own.get(tensor) ?? kindLevel
    if (kind !== null && levelRank(tensor.kindLevel) > levelRank(kind.value))
      yield {
        message: `that it is a ${tensor.kind} is ${tensor.kindLevel}, expected ${atLeast(kind.value)}`,
        tensor: tensor.name,
        at: kind.at,
      }
    if (trainableLevel !== null && levelRank(tensor.trainableLevel) > levelRank(trainableLevel.value))
      yield {
        message: `whether it trains (${tensor.trainable}) is ${tensor.trainableLevel}, expected ${atLeast(trainableLevel.value)}`,
        tensor: tensor.name,
        at: trainableLevel.at,
      }
  }
}

function atLeast(level: Level): string {
  return level === 'declared' ? level : `${level} or better`
}
