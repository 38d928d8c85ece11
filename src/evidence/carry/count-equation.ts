import type { Tensor } from '../../model/tensor.ts'
import type { Answer, Kind } from '../../model/verdict.ts'
import { isFloating } from '../module-view.ts'
import type { CarryRule } from './rule.ts'

const source = 'count-equation'

/**
 * An index's `total_parameters` is `model.num_parameters()`: parameters only, tied ones once, buffers left
 * out (transformers since mid-2025). What the entries hold beyond that number is exactly the buffers.
 * Does not hold for quantised checkpoints, where formats leave the fact out.
 */
export const countEquation: CarryRule = {
  id: source,
  title: 'The parameters the index counts leave exactly the buffers',
  carry({ stateDict }, book) {
    const total = stateDict.facts.totalParameters
    if (total === undefined) return false
    if (stateDict.tensors.some((_, index) => book.kinds.at(index, 'deduced')?.source === source)) return false
    const isFound = stateDict.tensors.map((_, index) => book.kinds.best(index)?.answer === 'buffer')
    let stored = 0
    let buffers = 0
    let integers = 0
    stateDict.tensors.forEach((tensor, index) => {
      if (tensor.tiedTo !== null) return
      stored += tensor.elements
      if (!isFloating(tensor)) integers += tensor.elements
      if (isFound[index]) buffers += tensor.elements
    })
    const left = stored - total
    // A parameter is counted once, so no count above what is stored can be of these entries.
    if (left < 0) return false

    const say = (index: number, answer: Kind, reason: string): void => {
      book.kind(index, { answer, level: 'deduced', reason, source } satisfies Answer<Kind>)
    }
    if (left === 0) {
      const reason = `the index counts ${total} parameter elements and the entries hold just as many: every entry is a parameter`
      stateDict.tensors.forEach((tensor, index) => {
        if (tensor.elements > 0) say(index, 'parameter', reason)
      })
      return true
    }
    if (left !== buffers && left !== integers) return false
    if (left === buffers && left !== integers && couldBeSwapped(stateDict.tensors, isFound)) return false
    const isBuffer = left === buffers ? isFound : stateDict.tensors.map((tensor) => !isFloating(tensor))
    const numbers = `the index counts ${total} parameter elements of the ${stored} stored, which leaves ${left}`
    const [buffer, parameter] = [
      `${numbers}: exactly the buffers found`,
      `${numbers}: exactly the buffers found, so the rest are parameters`,
    ]
    stateDict.tensors.forEach((tensor, index) => {
      if (tensor.elements > 0)
        say(index, isBuffer[index] ? 'buffer' : 'parameter', isBuffer[index] ? buffer : parameter)
    })
    return true
  },
}

/** Whether a float that is no buffer is as large as one that is: the sum would be the same with the two swapped. */
function couldBeSwapped(tensors: readonly Tensor[], isBuffer: readonly boolean[]): boolean {
  const sizes = new Set<number>()
  tensors.forEach((tensor, index) => {
    if (isBuffer[index] && isFloating(tensor)) sizes.add(tensor.elements)
  })
  return tensors.some((tensor, index) => !isBuffer[index] && isFloating(tensor) && sizes.has(tensor.elements))
}
