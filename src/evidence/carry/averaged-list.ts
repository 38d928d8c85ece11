import type { Answer, Kind } from '../../model/verdict.ts'
import { type Alignment, align } from '../alignment.ts'
import type { ClaimBook } from '../claim-book.ts'
import { isFloating } from '../module-view.ts'
import type { Subject } from '../source.ts'
import { alignable, alignmentBudget, leavesNoParameter } from './alignable.ts'
import type { CarryRule } from './rule.ts'

const source = 'averaged-list'

/**
 * The averages of a model's parameters, kept as a list in the order of `model.parameters()` (`shadow_params` of torch_ema and
 * of diffusers): the shapes are laid over the entries of the model, and what all ways to do so share is taken. Recognised, as
 * the list may be that of another model. What has no average is a buffer, or was frozen: some averages leave that out.
 */
export const averagedList: CarryRule = {
  id: source,
  title: 'The averages in the file follow exactly these tensors',
  carry(subject, book) {
    const { facts, order } = subject.stateDict
    if (facts.averages === undefined || order !== 'registration' || !book.isFirst(source)) return false
    let anyAdded = false
    for (const { path, shapes } of facts.averages) {
      const alignment = alignmentOf(subject, book, shapes)
      if (alignment !== null) anyAdded = claim(subject, book, path, alignment) || anyAdded
    }
    return anyAdded
  },
}

/** The ways to lay the list over the entries that leave no known parameter out; null where there is none. */
function alignmentOf(
  subject: Subject,
  book: ClaimBook,
  shapes: readonly (readonly number[])[],
): Alignment | null {
  for (const level of ['deduced', 'recognised'] as const) {
    const found = align(alignable(subject, book, level), [shapes], { gaps: false, budget: alignmentBudget })
    if (found !== null && leavesNoParameter(found, book)) return found
  }
  return null
}

function claim(subject: Subject, book: ClaimBook, path: string, { given }: Alignment): boolean {
  const followed: Answer<Kind> = {
    answer: 'parameter',
    level: 'recognised',
    reason: `${path} keeps an average of it, in the order of the model's parameters`,
    source,
  }
  const left: Answer<Kind> = {
    answer: 'buffer',
    level: 'assumed',
    reason: `${path} keeps an average of every parameter that is known, and none of this: a buffer, or a parameter that was frozen`,
    source,
  }
  let anyAdded = false
  for (const [index, state] of given.entries()) {
    const tensor = subject.stateDict.tensors.at(index)
    if (tensor === undefined || tensor.tiedTo !== null || !isFloating(tensor)) continue
    if (state === 'always') anyAdded = book.kind(index, followed) || anyAdded
    else if (state === 'never') anyAdded = book.kind(index, left) || anyAdded
  }
  return anyAdded
}
