import type { Rule } from '../rule.ts'

export const lockDrift: Rule = {
  id: 'lock/drift',
  level: 'error',
  claim: 'The checkpoint is what its lock says',
  why: 'A lock is the layout a team has reviewed. What differs from it was not.',
  case: 'Teams build it by hand: golden key lists compared in tests (ai2cm/ace PR #828, InvokeAI’s key fixtures, NVIDIA Megatron-Bridge PR #6094).',
  fix: 'look at the drift, and if it is meant: sdinspect lock --update',
  needs: 'policy',

  *check({ drift }) {
    yield* drift ?? []
  },
}
