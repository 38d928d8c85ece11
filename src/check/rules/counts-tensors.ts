import { isWithin, rangeText } from '../range-text.ts'
import type { Rule } from '../rule.ts'

export const countsTensors: Rule = {
  id: 'counts/tensors',
  level: 'error',
  claim: 'The entries of the state dict are as many as the policy says',
  why: 'The first number that changes when a layer is lost.',
  case: 'osmr/pytorchcv keeps a table of weight counts of all its models (test_model_weight_counts.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',

  *check({ expected, stateDict }) {
    const said = expected.counts.get('tensors')
    const value = stateDict?.tensors.length ?? 0
    if (said === undefined || isWithin(value, said.value)) return
    yield { message: `${value} tensors, expected ${rangeText(said.value)}`, at: said.at }
  },
}
