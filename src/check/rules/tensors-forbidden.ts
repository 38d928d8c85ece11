import { foldedList } from '../../model/folded-names.ts'
import type { Rule } from '../rule.ts'

export const tensorsForbidden: Rule = {
  id: 'tensors/forbidden',
  level: 'error',
  claim: 'No tensor fits a pattern that the policy forbids',
  why: 'What must not be released (a reward head, LoRA halves in a merged model) is told by its name.',
  case: 'An adapter left inside a model that was said to be merged (huggingface/peft #1579).',
  fix: 'leave the tensors out when saving',
  needs: 'policy',

  *check({ expected, stateDict }) {
    for (const { value: pattern, at } of expected.forbidden) {
      const names = (stateDict?.tensors ?? []).map(({ name }) => name).filter(pattern.matches)
      const [first] = names
      if (first === undefined) continue
      yield {
        message: `${names.length} tensors fit ${JSON.stringify(pattern.text)}: ${foldedList(names)}`,
        at,
        tensor: first,
      }
    }
  },
}
