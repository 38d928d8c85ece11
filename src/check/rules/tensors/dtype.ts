import { type More, moreText } from '../../../findings/more.ts'
import type { Finding } from '../../../model/finding.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { expectedOfTensors } from '../../policy/expected-tensors.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'

type OtherType = { dtype: string | null; expected: readonly string[] }

export const tensorsDtype = rule({
  id: 'tensors/dtype',
  level: 'error',
  claim: 'Tensors have the element types the policy says',
  why: 'The type decides the size of the file and the exactness of the model. A release in bfloat16 may have to keep some tensors in float32.',
  case: 'A model saved as float32, twice its size (genmoai/mochi #115); a bf16 export that must keep 36 tensors in fp32 (NVIDIA-NeMo/Automodel PR #3193).',
  fix: 'convert the tensors before saving, or name the exceptions in the policy below the rule',
  needs: 'policy',
  message: (args: OtherType | More) =>
    'more' in args
      ? moreText(args, 'have another element type')
      : `${args.dtype ?? 'an unrecorded type'}, expected ${args.expected.join(' or ')}`,

  check: (subject, tell) => capped(mismatches(subject, tell), tell),
})

function* mismatches(subject: CheckSubject, tell: Tell<OtherType | More>): Generator<Finding> {
  for (const [{ name, dtype }, { value, at }] of expectedOfTensors(subject, (said) => said.dtypes)) {
    if (dtype !== null && value.includes(dtype)) continue
    yield tell({ dtype, expected: value }, { tensor: name, at })
  }
}
