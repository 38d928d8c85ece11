import { foldedList } from '../../../model/names/folded-names.ts'
import { rule } from '../../rule.ts'
import { loneFactors, lowRankPairs } from '../../structure/low-rank-pairs.ts'

export const loraPairs = rule({
  id: 'lora/pairs',
  level: 'error',
  claim: 'Both halves of every LoRA pair are there',
  why: 'The update of a module is the product of two matrices, of LoHa and LoKr that of two factors. Loaders pass over a half without its other half, and the adapter does less than it was trained to.',
  case: 'Pairs that did not map were passed over without a word, and DoRA vectors dropped (lattice #8, #136 and #972, diffusers #10187).',
  fix: 'save the adapter again with the library that trained it',
  message: ({ halves, missing }: { halves: readonly string[]; missing: readonly string[] }) =>
    `${halves.length} LoRA ${halves.length === 1 ? 'half has' : 'halves have'} no other half: ${foldedList(halves)}; missing ${foldedList(missing)}`,
  about: ['tensor'],

  *check({ stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole) return
    const halves = lowRankPairs(stateDict).filter(({ missing }) => missing !== null)
    const lone = loneFactors(stateDict)
    const names = [
      ...halves.map(({ down, up }) => (down ?? up)?.name ?? ''),
      ...lone.flatMap((one) => one.names),
    ]
    if (names.length === 0) return
    const missing = [...halves.map((half) => half.missing ?? ''), ...lone.flatMap((one) => one.missing)]
    yield tell({ halves: names, missing }, { tensor: names[0] as string })
  },
})
