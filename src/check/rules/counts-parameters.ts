import { isWithin, rangeText } from '../range-text.ts'
import type { Rule } from '../rule.ts'

export const countsParameters: Rule = {
  id: 'counts/parameters',
  level: 'error',
  claim: 'The stored elements of parameters are as many as the policy says',
  why: 'The number on the model card is checked where the file is made, not where it is read.',
  case: 'pytorch/vision asserts it of every model: num_params equals the sum of numel (test_extended_models.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',

  *check({ expected, stateDict }) {
    const said = expected.counts.get('parameters')
    const value = stateDict?.totals.parameters.elements ?? 0
    if (said === undefined || isWithin(value, said.value)) return
    yield { message: `${value} parameters, expected ${rangeText(said.value)}`, at: said.at }
  },
}
