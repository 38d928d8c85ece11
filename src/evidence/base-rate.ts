import type { Answer, Kind } from '../model/verdict.ts'
import { isFloating } from './module-view.ts'
import type { EvidenceSource } from './source.ts'

const buffer: Answer<Kind> = {
  answer: 'buffer',
  level: 'assumed',
  reason: 'a guess: integers that are no quantised weight are mostly buffers',
  source: 'base-rate',
}
const optimizer: Answer<Kind> = {
  answer: 'other',
  level: 'declared',
  reason: 'it is in the state of an optimizer',
  source: 'base-rate',
}

/**
 * What to say where nothing speaks. It is always said to be assumed. Of floats nothing is said here: the
 * resolver takes for a parameter what nobody claims.
 */
export const baseRate: EvidenceSource = {
  id: 'base-rate',
  title: 'The base rate',
  collectModule(view, { role }, claims) {
    for (const { index, tensor } of view.own.values()) {
      if (role === 'optimizer') claims.kind(index, optimizer)
      else if (!isFloating(tensor)) claims.kind(index, buffer)
    }
  },
}
