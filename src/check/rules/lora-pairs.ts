import { foldedList } from '../../model/folded-names.ts'
import { lowRankPairs } from '../low-rank-pairs.ts'
import { rule } from '../rule.ts'

export const loraPairs = rule({
  id: 'lora/pairs',
  level: 'error',
  claim: 'Both halves of every LoRA pair are there',
  why: 'The update of a module is the product of two matrices. Loaders pass over a half without its other half, and the adapter does less than it was trained to.',
  case: 'Pairs that did not map were passed over without a word, and DoRA vectors dropped (lattice #8, #136 and #972, diffusers #10187).',
  fix: 'save the adapter again with the library that trained it',
  message: ({ halves, missing }: { halves: readonly string[]; missing: readonly string[] }) =>
    `${halves.length} LoRA ${halves.length === 1 ? 'half has' : 'halves have'} no other half: ${foldedList(halves)}; missing ${foldedList(missing)}`,
  about: ['tensor'],

  *check({ stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole) return
    const halves = lowRankPairs(stateDict).filter(({ missing }) => missing !== null)
    const [first] = halves
    if (first === undefined) return
    const names = halves.map(({ down, up }) => (down ?? up)?.name ?? '')
    const missing = halves.map((half) => half.missing ?? '')
    yield tell({ halves: names, missing }, { tensor: names[0] as string })
  },
})
