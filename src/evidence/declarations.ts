import type { Answer, Kind, Level, Trainable } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

/** What the file says of its own entries: a manifest's `kind` and `requires_grad`, a pickled Parameter record. */
export const declarations: EvidenceSource = {
  id: 'declarations',
  title: 'The file declares it',
  collect({ stateDict }, claims) {
    const declared = stateDict.facts.declarations
    if (declared === undefined) return
    const kinds = new Map<string, Answer<Kind>>()
    const trainables = new Map<string, Answer<Trainable>>()
    const once = <T extends string>(
      made: Map<string, Answer<T>>,
      answer: T,
      level: Level,
      reason: string,
    ): Answer<T> => {
      const key = `${answer} ${level} ${reason}`
      let shared = made.get(key)
      if (shared === undefined) {
        shared = { answer, level, reason, source: this.id }
        made.set(key, shared)
      }
      return shared
    }
    stateDict.tensors.forEach((tensor, index) => {
      const says = declared.get(tensor.name)
      if (says === undefined) return
      const level = says.level ?? 'declared'
      if (says.kind !== undefined)
        claims.kind(index, once(kinds, says.kind, level, `${says.by} says ${says.kind}`))
      // What is no parameter may require grad, and no optimizer is given it all the same.
      const isOfParameter = says.kind === undefined || says.kind === 'parameter'
      if (says.requiresGrad !== undefined && (isOfParameter || !says.requiresGrad)) {
        const answer = says.requiresGrad ? 'yes' : 'no'
        claims.trainable(
          index,
          once(
            trainables,
            answer,
            says.requiresGradLevel ?? level,
            `${says.by} says requires_grad=${says.requiresGrad}`,
          ),
        )
      }
    })
  },
}
