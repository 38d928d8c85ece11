import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const countsTrainable = rule({
  id: 'counts/trainable',
  level: 'error',
  claim: 'The trainable elements are as many as the policy says',
  why: 'Where a file does not record what trains, the number is a bound: it can show that there are not too many, and nothing else.',
  case: 'trainable%: 0.0630 is the line people look for after attaching an adapter (mikeybellissimo/LoRA-MPT #5).',
  fix: 'save a checkpoint that records what trains, say --frozen, or ask for max only',
  needs: 'policy',
  message: ({ count, why, ...expected }: { count: number; why: string | null } & Expected) =>
    why === null
      ? `${count} trainable elements, expected ${rangeText(expected)}`
      : `at most ${count} trainable elements (${why}), expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, stateDict }, tell) {
    const said = expected.counts.get('trainable')
    if (said === undefined || stateDict === null) return
    const { elements, atLeast, upperBound, reason } = stateDict.totals.trainable
    // Of bounds only this is known: there are not more, and not fewer.
    const holds = upperBound
      ? said.value.min <= atLeast && elements <= said.value.max
      : isWithin(elements, said.value)
    if (holds) return
    const why = upperBound ? reason : null
    yield tell({ count: elements, why, ...rangeFacts(said.value) }, { at: said.at })
  },
})
