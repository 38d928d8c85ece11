import type { ClaimBook } from './claim-book.ts'
import { trainableAnswer } from './said.ts'
import type { Subject } from './source.ts'

/**
 * Takes up what the user says trains, once all kinds are known: a pattern over names means the parameters among what
 * fits, as `--frozen` does, since buffers never train.
 */
export function saidToTrain({ stateDict, said: { statements } }: Subject, book: ClaimBook): void {
  if (!statements.some(({ says }) => says === 'trainable')) return
  stateDict.tensors.forEach(({ name }, index) => {
    if ((book.kinds.best(index)?.answer ?? 'parameter') !== 'parameter') return
    const last = statements.findLast(
      ({ says, matches }) => (says === 'trainable' || says === 'frozen') && matches(name),
    )
    if (last?.says === 'trainable') book.trainable(index, trainableAnswer(last))
  })
}
