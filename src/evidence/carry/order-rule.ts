import { type Answer, type Kind, levelRank, weaker } from '../../model/verdict.ts'
import type { CarryRule } from './rule.ts'

const laterBuffer = new Map<string, Answer<Kind>>()
const earlierParameter = new Map<string, Answer<Kind>>()

/**
 * Within one module, all own parameters come before all own persistent buffers
 * (torch/nn/modules/module.py, `_save_to_state_dict`): what follows a buffer is a buffer, what precedes a
 * parameter is a parameter. Holds only where the file keeps registration order.
 */
export const orderRule: CarryRule = {
  id: 'order-rule',
  title: 'Own parameters come before own buffers',
  carry({ stateDict, tree }, book) {
    if (stateDict.order !== 'registration') return false
    // Without _metadata a dict may have been put together by hand: its order is then likely, not certain.
    const genuine = stateDict.facts.moduleVersions !== undefined
    let changed = false
    const give = (index: number, answer: Answer<Kind>): void => {
      const before = book.kinds.best(index)
      if (before !== undefined && levelRank(before.level) <= levelRank(answer.level)) {
        // A deduction that contradicts a strong claim is put on record; a recognition gives way.
        if (before.answer === answer.answer || answer.level !== 'deduced') return
      }
      if (book.kind(index, answer)) changed = true
    }
    for (const node of tree.nodes) {
      const own = node.tensors
      if (own.length < 2) continue
      let strongest: Answer<Kind> | undefined
      for (const index of own) {
        if (strongest !== undefined)
          give(index, derived(laterBuffer, strongest, genuine, 'buffer', 'follows', 'buffer'))
        strongest = stronger(strongest, book.kinds.best(index), 'buffer')
      }
      strongest = undefined
      for (let i = own.length - 1; i >= 0; i--) {
        const index = own[i] as number
        if (strongest !== undefined)
          give(index, derived(earlierParameter, strongest, genuine, 'parameter', 'precedes', 'parameter'))
        strongest = stronger(strongest, book.kinds.best(index), 'parameter')
      }
    }
    return changed
  },
}

/** The better known of two answers of one kind. Assumptions are not carried. */
function stronger(
  a: Answer<Kind> | undefined,
  b: Answer<Kind> | undefined,
  kind: Kind,
): Answer<Kind> | undefined {
  if (b === undefined || b.answer !== kind || b.level === 'assumed') return a
  return a === undefined || levelRank(b.level) < levelRank(a.level) ? b : a
}

function derived(
  cache: Map<string, Answer<Kind>>,
  from: Answer<Kind>,
  genuine: boolean,
  answer: Kind,
  verb: string,
  noun: string,
): Answer<Kind> {
  const level = weaker(from.level, genuine ? 'deduced' : 'recognised')
  let made = cache.get(level)
  if (made === undefined) {
    made = {
      answer,
      level,
      reason: `${verb} a ${level === 'deduced' ? 'known' : 'recognised'} ${noun} of the same module, and own parameters come before own buffers`,
      source: 'order-rule',
    }
    cache.set(level, made)
  }
  return made
}
