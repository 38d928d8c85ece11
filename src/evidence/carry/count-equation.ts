import type { Answer, Kind, Level } from '../../model/verdict.ts'
import type { ClaimBook } from '../claim-book.ts'
import { isFloating } from '../module-view.ts'
import type { CarryRule } from './rule.ts'
import { waysToSum } from './subset-sums.ts'

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
    if (hasSpoken(stateDict.tensors.length, book)) return false
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

    let changed = false
    const say = (index: number, answer: Kind, reason: string, level: Level = 'deduced'): void => {
      if (book.kind(index, { answer, level, reason, source } satisfies Answer<Kind>)) changed = true
    }
    if (left === 0) {
      const reason = `the index counts ${total} parameter elements and the entries hold just as many: every entry is a parameter`
      stateDict.tensors.forEach((tensor, index) => {
        if (tensor.elements > 0) say(index, 'parameter', reason)
      })
      return changed
    }
    if (left !== buffers && left !== integers) return false
    const sizes = stateDict.tensors.filter(({ tiedTo }) => tiedTo === null).map(({ elements }) => elements)
    const ways = waysToSum(sizes, left)
    // Other entries add up to the same: the sum does not tell which.
    if (ways === 2) return false
    const level = ways === 1 ? 'deduced' : 'recognised'
    const isBuffer = left === buffers ? isFound : stateDict.tensors.map((tensor) => !isFloating(tensor))
    const numbers = `the index counts ${total} parameter elements of the ${stored} stored, which leaves ${left}`
    const [buffer, parameter] = [
      `${numbers}: exactly the buffers found`,
      `${numbers}: exactly the buffers found, so the rest are parameters`,
    ]
    stateDict.tensors.forEach((tensor, index) => {
      if (tensor.elements > 0)
        say(index, isBuffer[index] ? 'buffer' : 'parameter', isBuffer[index] ? buffer : parameter, level)
    })
    return changed
  },
}

function hasSpoken(size: number, book: ClaimBook): boolean {
  for (let index = 0; index < size; index++)
    for (const level of ['deduced', 'recognised'] as const)
      if (book.kinds.at(index, level)?.source === source) return true
  return false
}
