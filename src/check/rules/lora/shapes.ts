import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

const most = 20

const hasCore = /\.(?:hada|lokr)_/

export const loraShapes = rule({
  id: 'lora/shapes',
  level: 'error',
  claim: 'The two halves of every LoRA pair have one rank',
  why: 'Their product is the update: rows of the down half and columns of the up half have to be as many.',
  case: 'Wrong base dimensions gave 156 errors at run time (vllm PR #48437, daydreamlive/scope PR #925).',
  fix: 'save the adapter again with the library that trained it',
  message: ({ rank, up, other }: { rank: number; up: string; other: number }) =>
    `the down half has rank ${rank} and ${quoted(up)} has ${other}`,
  about: ['tensor'],

  *check({ stateDict }, tell) {
    const pairs = lowRankPairs(stateDict)
    const names = new Set(pairs.length === 0 ? [] : stateDict?.tensors.map(({ name }) => name))
    let found = 0
    for (const { module, down, up } of pairs) {
      const rank = down?.shape[0]
      const other = up?.shape[1]
      if (rank === undefined || other === undefined || rank === other) continue
      // Nunchaku keeps the down half of a packed layer turned round: `[in, rank]`.
      if (names.has(`${module}.qweight`) && down?.shape[1] === other) continue
      // With a core between them (`hada_t1`, `lokr_t2`) both halves have the rank first.
      if (hasCore.test(up?.name ?? '') && rank === up?.shape[0]) continue
      if (++found > most) return
      yield tell({ rank, up: up?.name ?? '', other }, { tensor: down?.name ?? '' })
    }
  },
})
