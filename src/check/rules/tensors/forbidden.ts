import { foldedList } from '../../../model/names/folded-names.ts'
import { rule } from '../../rule.ts'
import { TensorNames } from '../../structure/tensor-names.ts'

export const tensorsForbidden = rule({
  id: 'tensors/forbidden',
  level: 'error',
  claim: 'No tensor fits a pattern that the policy forbids',
  why: 'What must not be released (a reward head, LoRA halves in a merged model) is told by its name.',
  case: 'An adapter left inside a model that was said to be merged (huggingface/peft #1579).',
  fix: 'leave the tensors out when saving',
  needs: 'policy',
  message: ({ pattern, tensors }: { pattern: string; tensors: readonly string[] }) =>
    `${tensors.length} tensors fit ${JSON.stringify(pattern)}: ${foldedList(tensors)}`,
  about: ['at', 'tensor'],

  *check(subject, tell) {
    const all = new TensorNames(subject)
    for (const { value: pattern, at } of subject.expected.forbidden) {
      const names = all.fitting(pattern)
      const [first] = names
      if (first === undefined) continue
      yield tell({ pattern: pattern.text, tensors: names }, { at, tensor: first })
    }
  },
})
