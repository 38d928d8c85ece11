import { type Answer, type Kind, levelRank, type Trainable, weaker } from '../../model/verdict.ts'
import type { CarryRule } from './rule.ts'

const source = 'ties'
const sameMemory = 'the same memory as another entry, of which this is known'

/**
 * Two names of the same memory are nearly always one tensor object of the model, and so of one kind. Not always: a
 * buffer may be registered over the memory of a parameter, so what is carried is recognised.
 */
export const ties: CarryRule = {
  id: source,
  title: 'Tied tensors are of one kind',
  carry({ table }, book) {
    const { ties } = table.columns
    if (ties.size === 0) return false
    let changed = false
    const wanted = new Set(ties.values())
    const indexes = new Map<string, number>()
    for (let index = 0; index < table.length; index++) {
      const name = table.name(index)
      if (wanted.has(name)) indexes.set(name, index)
    }
    ties.forEach((firstName, index) => {
      const first = indexes.get(firstName)
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
    // Of a chain of names the reason is that of the first.
    reason: from.source === source ? from.reason : `${sameMemory}: ${from.reason}`,
    source,
  }
}
