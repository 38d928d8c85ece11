import { type Level, levelRank } from '../../model/verdict.ts'
import type { AlignableEntry, Alignment } from '../alignment.ts'
import type { ClaimBook } from '../claim-book.ts'
import { isFloating } from '../module-view.ts'
import type { Subject } from '../source.ts'

/** States that laying lists over the entries of a state dict may visit. */
export const alignmentBudget = 150_000

/** The entries of the state dict as `model.parameters()` may list them, in order. */
export function alignable({ stateDict, tree }: Subject, book: ClaimBook, weakest: Level): AlignableEntry[] {
  const numbers = new Map<unknown, number>()
  return stateDict.tensors.map((tensor, index) => {
    const owner = tree.owners[index]
    let module = numbers.get(owner)
    if (module === undefined) {
      module = numbers.size
      numbers.set(owner, module)
    }
    const kind = book.kinds.best(index)
    const isNone =
      kind !== undefined && kind.answer !== 'parameter' && levelRank(kind.level) <= levelRank(weakest)
    return { shape: tensor.shape, module, never: tensor.tiedTo !== null || !isFloating(tensor) || isNone }
  })
}

export function isKnownParameter(book: ClaimBook, index: number): boolean {
  const kind = book.kinds.best(index)
  return kind?.answer === 'parameter' && kind.level !== 'assumed'
}

/** Whether every known parameter was given. */
export function leavesNoParameter(alignment: Alignment, book: ClaimBook): boolean {
  return alignment.given.every((given, index) => given !== 'never' || !isKnownParameter(book, index))
}
