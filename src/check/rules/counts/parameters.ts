import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const countsParameters = rule({
  id: 'counts/parameters',
  level: 'error',
  claim: 'The stored elements of parameters are as many as the policy says',
  why: 'The number on the model card is checked where the file is made, not where it is read.',
  case: 'pytorch/vision asserts it of every model: num_params equals the sum of numel (test_extended_models.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',
  message: ({ count, ...expected }: { count: number } & Expected) =>
    `${count} parameters, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, stateDict }, tell) {
    const said = expected.counts.get('parameters')
    const value = stateDict?.totals.parameters.elements ?? 0
    if (said === undefined || isWithin(value, said.value)) return
    yield tell({ count: value, ...rangeFacts(said.value) }, { at: said.at })
  },
})
