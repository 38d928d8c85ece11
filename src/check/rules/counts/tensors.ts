import { inspectionOf } from '../../../model/inspection.ts'
import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const countsTensors = rule({
  id: 'counts/tensors',
  level: 'error',
  claim: 'The entries of the state dict are as many as the policy says',
  why: 'The first number that changes when a layer is lost.',
  case: 'osmr/pytorchcv keeps a table of weight counts of all its models (test_model_weight_counts.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',
  message: ({ count, ...expected }: { count: number } & Expected) =>
    `${count} tensors, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, stateDict }, tell) {
    const said = expected.counts.get('tensors')
    const value = stateDict === null ? 0 : inspectionOf(stateDict).length
    if (said === undefined || isWithin(value, said.value)) return
    yield tell({ count: value, ...rangeFacts(said.value) }, { at: said.at })
  },
})
