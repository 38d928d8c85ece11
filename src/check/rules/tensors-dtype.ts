import { capped } from '../capped.ts'
import { expectedOfTensors } from '../expected-tensors.ts'
import type { Found } from '../finding.ts'
import type { CheckSubject, Rule } from '../rule.ts'

export const tensorsDtype: Rule = {
  id: 'tensors/dtype',
  level: 'error',
  claim: 'Tensors have the element types the policy says',
  why: 'The type decides the size of the file and the exactness of the model. A release in bfloat16 may have to keep some tensors in float32.',
  case: 'A model saved as float32, twice its size (genmoai/mochi #115); a bf16 export that must keep 36 tensors in fp32 (NVIDIA-NeMo/Automodel PR #3193).',
  fix: 'convert the tensors before saving, or name the exceptions in the policy below the rule',
  needs: 'policy',

  check: (subject) => capped(mismatches(subject), 'have another element type'),
}

function* mismatches(subject: CheckSubject): Generator<Found> {
  for (const [{ name, dtype }, { value, at }] of expectedOfTensors(subject, (said) => said.dtypes)) {
    if (dtype !== null && value.includes(dtype)) continue
    yield { message: `${dtype ?? 'an unrecorded type'}, expected ${value.join(' or ')}`, tensor: name, at }
  }
}
