import type { TensorReport } from '../model/report.ts'
import type { CheckSubject } from './check-subject.ts'
import type { Said, TensorExpectation } from './expectations.ts'

/**
 * For each tensor, what the policy expects of one of its properties: the last expectation that fits its name and
 * says something of that property. Tensors of which nothing is said are left out.
 */
export function* expectedOfTensors<T>(
  { stateDict, expected }: CheckSubject,
  property: (expectation: TensorExpectation) => Said<T> | null,
): Generator<readonly [TensorReport, Said<T>]> {
  const saying = expected.tensors.flatMap((expectation) => {
    const said = property(expectation)
    return said === null ? [] : [{ matches: expectation.pattern.matches, said }]
  })
  if (saying.length === 0 || stateDict === null) return
  for (const tensor of stateDict.tensors) {
    const last = saying.findLast(({ matches }) => matches(tensor.name))
    if (last !== undefined) yield [tensor, last.said]
  }
}
