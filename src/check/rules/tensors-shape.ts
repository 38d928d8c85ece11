import { capped } from '../capped.ts'
import { expectedOfTensors } from '../expected-tensors.ts'
import type { Found } from '../finding.ts'
import type { CheckSubject, Rule } from '../rule.ts'

export const tensorsShape: Rule = {
  id: 'tensors/shape',
  level: 'error',
  claim: 'Tensors have the shapes the policy says',
  why: 'load_state_dict refuses another shape, and a transposed square matrix loads and is wrong.',
  case: 'A size mismatch in production where a test on the file would have been a line (ai2cm/ace PR #828).',
  fix: 'save the model with the shape it was agreed to have, or correct the policy',
  needs: 'policy',

  check: (subject) => capped(mismatches(subject), 'have another shape'),
}

function* mismatches(subject: CheckSubject): Generator<Found> {
  for (const [{ name, shape }, { value, at }] of expectedOfTensors(subject, (said) => said.shape)) {
    const fits =
      shape.length === value.length && value.every((length, i) => length === null || length === shape[i])
    if (fits) continue
    const wanted = value.map((length) => length ?? '*').join(', ')
    yield { message: `shape [${shape.join(', ')}], expected [${wanted}]`, tensor: name, at }
  }
}
