import { type Answer, type Kind, type Level, levelRank, type Trainable, weaker } from '../../model/verdict.ts'
import type { CarryRule } from './rule.ts'

const answers = new Map<string, Answer<Trainable>>()

/** `model.parameters()` yields no buffer, so no optimizer is ever given one. */
export const buffersDoNotTrain: CarryRule = {
  id: 'buffers-do-not-train',
  title: 'Buffers are never handed to the optimizer',
  carry({ stateDict }, book) {
    let changed = false
    for (let index = 0; index < stateDict.tensors.length; index++) {
      const kind = book.kinds.best(index)
      if (kind === undefined || kind.answer === 'parameter') continue
      const level = weaker(kind.level, 'deduced')
      const before = book.trainables.best(index)
      if (before !== undefined && levelRank(before.level) <= levelRank(level) && before.answer !== 'unknown')
        continue
      if (before?.source === 'buffers-do-not-train') continue
      book.trainable(index, answerFor(kind.answer, level))
      changed = true
    }
    return changed
  },
}

function answerFor(kind: Kind, level: Level): Answer<Trainable> {
  const key = `${kind} ${level}`
  let answer = answers.get(key)
  if (answer === undefined) {
    answer = {
      answer: 'no',
      level,
      reason:
        kind === 'buffer'
          ? 'a buffer is never handed to the optimizer'
          : 'neither a parameter nor a buffer: nothing trains it',
      source: 'buffers-do-not-train',
    }
    answers.set(key, answer)
  }
  return answer
}
