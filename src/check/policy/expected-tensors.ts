import { isName } from '../../model/names/pattern.ts'
import type { TensorReport } from '../../model/report.ts'
import type { CheckSubject } from '../check-subject.ts'
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
    return said === null ? [] : [{ pattern: expectation.pattern, said }]
  })
  if (saying.length === 0 || stateDict === null) return
  // Of those that are names the last of each, and those that are more: where both fit, the later.
  const exact = new Map<string, number>()
  const others: number[] = []
  saying.forEach(({ pattern: { text } }, at) => {
    if (isName(text)) exact.set(text, at)
    else others.push(at)
  })
  for (const tensor of stateDict.tensors) {
    const named = exact.get(tensor.name) ?? -1
    const last = others.findLast((at) => at < named || saying[at]?.pattern.matches(tensor.name)) ?? -1
    const found = saying[Math.max(named, last)]
    if (found !== undefined) yield [tensor, found.said]
  }
}
