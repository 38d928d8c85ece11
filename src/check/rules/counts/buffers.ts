import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const countsBuffers = rule({
  id: 'counts/buffers',
  level: 'error',
  claim: 'The elements of buffers are as many as the policy says',
  why: 'Buffers are state nobody trains: masks and tables that grew into the file, statistics that are missing.',
  case: 'Rotary tables and causal masks that came and went with releases (huggingface/transformers #35255).',
  fix: 'find out what changed with: sdinspect diff, or correct the count',
  needs: 'policy',
  message: ({ count, ...expected }: { count: number } & Expected) =>
    `${count} elements of buffers, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, stateDict }, tell) {
    const said = expected.counts.get('buffers')
    const value = stateDict?.totals.buffers.elements ?? 0
    if (said === undefined || isWithin(value, said.value)) return
    yield tell({ count: value, ...rangeFacts(said.value) }, { at: said.at })
  },
})
