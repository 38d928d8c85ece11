import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const countsLogical = rule({
  id: 'counts/logical',
  level: 'error',
  claim: 'The weights the model stands for are as many as the policy says',
  why: 'A packed model holds fewer numbers than it has weights; which of the two is on the card has to be said.',
  case: 'A model of 314 billion shown as 89 (huggingface/hub-docs #2704).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',
  message: ({ count, ...expected }: { count: number } & Expected) =>
    `${count} logical parameters, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, stateDict }, tell) {
    const said = expected.counts.get('logical')
    const value = stateDict?.totals.logicalParameters ?? 0
    if (said === undefined || isWithin(value, said.value)) return
    yield tell({ count: value, ...rangeFacts(said.value) }, { at: said.at })
  },
})
