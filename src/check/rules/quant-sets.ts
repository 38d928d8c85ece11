import { foldedList } from '../../model/folded-names.ts'
import { leafName } from '../../model/tree.ts'
import type { Rule } from '../rule.ts'

/** Scales that only one tensor can be for, which they name. */
const scaleOf: readonly (readonly [scale: string, weight: string])[] = [
  ['weight_scale_inv', 'weight'],
  ['SCB', 'weight'],
  ['weight_scale_2', 'weight'],
  ['qzeros', 'qweight'],
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
    // By what is missing beside which leaf: weight to names.
    const gone = new Map<string, Map<string, string[]>>()
    const miss = (packed: string, missing: readonly string[]): void => {
      if (missing.length === 0) return
      const key = `no ${missing.map((name) => JSON.stringify(leafName(name))).join(', ')}`
      const weights = gone.get(key) ?? new Map<string, string[]>()
      gone.set(key, weights)
      weights.set(packed, [...missing])
    }
    const names = new Set(stateDict.tensors.map(({ name }) => name))
    for (const { name, quantised } of stateDict.tensors) {
      miss(name, quantised?.missing ?? [])
      for (const [scale, weight] of scaleOf) {
        if (!name.endsWith(`.${scale}`)) continue
        const needed = name.slice(0, -scale.length) + weight
        if (!names.has(needed)) miss(name, [needed])
      }
    }
    for (const [what, weights] of gone) {
      const packed = [...weights.keys()]
      yield {
        message: `${packed.length === 1 ? 'a tensor has' : `${packed.length} tensors have`} ${what} beside ${packed.length === 1 ? 'it' : 'them'}: ${foldedList(packed)}`,
        tensor: weights.get(packed[0] as string)?.[0] as string,
      }
    }
  },
}
