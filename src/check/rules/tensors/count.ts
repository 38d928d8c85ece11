import type { More } from '../../../findings/more.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule, type Tell } from '../../rule.ts'
import { TensorNames } from '../../structure/tensor-names.ts'

export const tensorsCount = rule({
  id: 'tensors/count',
  level: 'error',
  claim: 'As many tensors fit a pattern as the policy says',
  why: 'One layer too few, or a rename that half of the layers missed, shows in the number before it shows in the answers.',
  case: 'Following weights were not initialized from checkpoint (vllm, default_loader.py).',
  fix: 'save all layers, or correct the count',
  needs: 'policy',
  message: (args: OtherCount | More) =>
    'more' in args
      ? `${args.more} more patterns fit another number of tensors`
      : `${args.count} tensors fit ${JSON.stringify(args.pattern)}, expected ${rangeText(args)}`,

  check: (subject, tell) => capped(miscounted(subject, tell), tell),
})

type OtherCount = { pattern: string; count: number } & Expected

function* miscounted(subject: CheckSubject, tell: Tell<OtherCount | More>) {
  const all = new TensorNames(subject)
  for (const { pattern, count, required } of subject.expected.tensors) {
    if (count === null) continue
    const fitting = all.fitting(pattern).length
    // That none is there is said by tensors/required.
    if (fitting === 0 && required && count.value.min > 0) continue
    if (isWithin(fitting, count.value)) continue
    yield tell(
      { pattern: pattern.text, count: fitting, ...rangeFacts(count.value) },
      { at: count.at, tensor: pattern.text },
    )
  }
}
