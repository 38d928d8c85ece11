import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

export const loraUntrained = rule({
  id: 'lora/untrained',
  level: 'warning',
  needs: 'values',
  claim: 'No LoRA update is all zeros',
  why: 'The up half starts as zeros: where it still is, the adapter was never trained or the wrong one was saved.',
  case: 'All lora_B were zero after training (tloen/alpaca-lora #357, hiyouga/LLaMA-Factory #852).',
  fix: 'save the adapter that was trained, not a fresh one',
  about: ['tensor'],
  message: ({ zero, pairs }: { zero: number; pairs: number }, { tensor }) =>
    `${zero} of the ${pairs} LoRA updates are all zeros, the first in ${quoted(tensor)}`,
  measures: ['zero'],

  *check({ stateDict, readTensors }, tell) {
    const ups = new Set(lowRankPairs(stateDict).flatMap(({ up }) => (up === null ? [] : [up.name])))
    if (ups.size === 0) return
    const zero: string[] = []
    for (const { tensor, reading, isChecked } of readTensors)
      if (isChecked && ups.has(tensor.name) && reading.values.constant && Number(reading.values.min) === 0)
        zero.push(tensor.name)
    const [first] = zero
    if (first !== undefined) yield tell({ zero: zero.length, pairs: ups.size }, { tensor: first })
  },
})
