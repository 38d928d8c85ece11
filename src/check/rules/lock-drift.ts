import { quoted } from '../../errors.ts'
import { type DriftFacts, driftText } from '../../lock/drift-text.ts'
import { rule } from '../rule.ts'

export const lockDrift = rule({
  id: 'lock/drift',
  level: 'error',
  claim: 'The checkpoint is what its lock says',
  why: 'A lock is the layout a team has reviewed. What differs from it was not.',
  case: 'Teams build it by hand: golden key lists compared in tests (ai2cm/ace PR #828, InvokeAI’s key fixtures, NVIDIA Megatron-Bridge PR #6094).',
  fix: 'look at the drift, and if it is meant: sdinspect lock --update',
  needs: 'policy',
  message: (drift: DriftFacts) =>
    'name' in drift ? `file ${quoted(drift.name)} ${driftText(drift)}` : driftText(drift),
  about: ['at'],

  *check({ drift }, tell) {
    for (const { args, at, tensor } of drift ?? []) yield tell(args, { at, tensor })
  },
})
