import { foldedList } from '../../model/folded-names.ts'
import type { Rule } from '../rule.ts'

/** A packed weight, and what has to stand beside it in its module. */
const sets: readonly (readonly [weight: string, needed: string])[] = [
  ['qweight', 'scales'], // GPTQ, AWQ; qzeros only where it is not symmetric
  ['weight_packed', 'weight_scale'], // compressed-tensors
  ['weight_scale_inv', 'weight'], // fine-grained FP8
  ['SCB', 'weight'], // bitsandbytes, 8 bits
]

export const quantSets: Rule = {
  id: 'quant/sets',
  level: 'error',
  claim: 'Every packed weight has its scales',
  why: 'A packed weight is numbers without a unit: without its scales it cannot be read, and a loader that leaves them at their initial values gives noise.',
  case: 'Scales that were never filled in made weights of 0x88888888 (vllm-project/compressed-tensors PR #854).',
  fix: 'quantise the model again, or save all tensors of its layers',

  *check({ stateDict, isWhole }) {
    if (stateDict === null || !isWhole) return
    const names = new Set(stateDict.tensors.map(({ name }) => name))
    for (const [weight, needed] of sets) {
      const packed = stateDict.tensors.filter(({ name }) => name.endsWith(`.${weight}`))
      const missing = packed
        .map(({ name }) => name.slice(0, -weight.length) + needed)
        .filter((name) => !names.has(name))
      if (missing.length === 0) continue
      yield {
        message: `${missing.length} of ${packed.length} tensors "${weight}" have no "${needed}" beside them: ${foldedList(missing)}`,
        tensor: missing[0] as string,
      }
    }
  },
}
