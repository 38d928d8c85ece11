import { type Answer, type Kind, levelRank, type Trainable, weaker } from '../../model/verdict.ts'
import type { CarryRule } from './rule.ts'

/**
 * Two names of the same memory are nearly always one tensor object of the model, and so of one kind. Not always: a
 * buffer may be registered over the memory of a parameter, so what is carried is recognised.
 */
export const ties: CarryRule = {
  id: 'ties',
  title: 'Tied tensors are of one kind',
  carry({ stateDict }, book) {
    let changed = false
    let indexes: Map<string, number> | undefined
    stateDict.tensors.forEach((tensor, index) => {
      if (tensor.tiedTo === null) return
      indexes ??= new Map(stateDict.tensors.map((t, i) => [t.name, i]))
      const first = indexes.get(tensor.tiedTo)
      if (first === undefined) return
      for (const [from, to] of [
        [first, index],
        [index, first],
      ] as const) {
        const kind = book.kinds.best(from)
        if (kind !== undefined && isBetter(kind, book.kinds.best(to))) {
          book.kind(to, tied(kind))
          changed = true
        }
        const trainable = book.trainables.best(from)
        if (
          trainable !== undefined &&
          trainable.answer !== 'unknown' &&
          isBetter(trainable, book.trainables.best(to))
        ) {
          book.trainable(to, tied(trainable))
          changed = true
        }
      }
    })
    return changed
  },
}

function isBetter(from: Answer<string>, to: Answer<string> | undefined): boolean {
  return (
    from.level !== 'assumed' &&
    (to === undefined || levelRank(weaker(from.level, 'recognised')) < levelRank(to.level))
  )
}

function tied<T extends Kind | Trainable>(from: Answer<T>): Answer<T> {
  return {
    answer: from.answer,
    level: weaker(from.level, 'recognised'),
    reason: `tied to a tensor of which it holds that it ${from.reason}`,
    source: 'ties',
  }
}
