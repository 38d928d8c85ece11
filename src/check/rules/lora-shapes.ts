import { loraPairs } from '../lora-pairs.ts'
import type { Rule } from '../rule.ts'

const most = 20

export const loraShapes: Rule = {
  id: 'lora/shapes',
  level: 'error',
  claim: 'The two halves of every LoRA pair have one rank',
  why: 'Their product is the update: rows of the down half and columns of the up half have to be as many.',
  case: 'Wrong base dimensions gave 156 errors at run time (vllm PR #48437, daydreamlive/scope PR #925).',
  fix: 'save the adapter again with the library that trained it',

  *check({ stateDict }) {
    let found = 0
    for (const { down, up } of loraPairs(stateDict?.tensors ?? [])) {
      const rank = down?.shape[0]
      const other = up?.shape[1]
      if (rank === undefined || other === undefined || rank === other) continue
      if (++found > most) return
      yield {
        message: `the down half has rank ${rank} and ${JSON.stringify(up?.name)} has ${other}`,
        tensor: down?.name ?? '',
      }
    }
  },
}
