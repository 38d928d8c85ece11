import { foldedList } from '../../model/folded-names.ts'
import { loraPairs } from '../lora-pairs.ts'
import type { Rule } from '../rule.ts'

export const loraPairsAreWhole: Rule = {
  id: 'lora/pairs',
  level: 'error',
  claim: 'Both halves of every LoRA pair are there',
  why: 'The update of a module is the product of two matrices. Loaders pass over a half without its other half, and the adapter does less than it was trained to.',
  case: 'Pairs that did not map were passed over without a word, and DoRA vectors dropped (lattice #8, #136 and #972, diffusers #10187).',
  fix: 'save the adapter again with the library that trained it',

  *check({ stateDict, isWhole }) {
    if (stateDict === null || !isWhole) return
    const halves = loraPairs(stateDict.tensors).filter(({ missing }) => missing !== null)
    const [first] = halves
    if (first === undefined) return
    const names = halves.map(({ down, up }) => (down ?? up)?.name ?? '')
    const missing = halves.map((half) => half.missing ?? '')
    yield {
      message: `${halves.length} LoRA ${halves.length === 1 ? 'half has' : 'halves have'} no other half: ${foldedList(names)}; missing ${foldedList(missing)}`,
      tensor: names[0] as string,
    }
  },
}
