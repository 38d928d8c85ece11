import type { Answer, Trainable } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

const frozenByFlag: Answer<Trainable> = {
  answer: 'no',
  level: 'declared',
  reason: 'by flag: --frozen names it',
  source: 'flags',
}

/** What the user says of the model on the command line. */
export const flags: EvidenceSource = {
  id: 'flags',
  title: 'The user says so',
  collect({ stateDict, frozen }, claims) {
    if (frozen === null) return
    stateDict.tensors.forEach((tensor, index) => {
      if (frozen(tensor.name)) claims.trainable(index, frozenByFlag)
    })
  },
}
