import { counted } from '../../findings/name-list.ts'
import { foldedList } from '../../model/folded-names.ts'
import { inspectionOf } from '../../model/inspection.ts'
import { leafName } from '../../model/tree.ts'
import { rule } from '../rule.ts'

type Incomplete = {
  /** Names of those that miss the same, and the last segments of what they miss. */
  packed: readonly string[]
  needed: readonly string[]
}

/** Scales that only one tensor can be for, which they name. */
const scaleOf: readonly (readonly [scale: string, weight: string])[] = [
  ['weight_scale_inv', 'weight'],
  ['SCB', 'weight'],
  ['weight_scale_2', 'weight'],
  ['qzeros', 'qweight'],
]

const scales = new Set(scaleOf.map(([scale]) => scale))

export const quantSets = rule({
  id: 'quant/sets',
  level: 'error',
  claim: 'Every packed weight has its scales',
  why: 'A packed weight is numbers without a unit: without its scales it cannot be read, and a loader that leaves them at their initial values gives noise.',
  case: 'Scales that were never filled in made weights of 0x88888888 (vllm-project/compressed-tensors PR #854).',
  fix: 'quantise the model again, or save all tensors of its layers',
  message: ({ packed, needed }: Incomplete) => {
    const what = needed.map((leaf) => JSON.stringify(leaf)).join(', ')
    const beside = packed.length === 1 ? 'it' : 'them'
    return `${counted(packed, 'a tensor has', 'tensors have')} no ${what} beside ${beside}: ${foldedList(packed)}`
  },
  about: ['tensor'],

  *check({ stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole) return
    const inspection = inspectionOf(stateDict)
    if (inspection.quantisations.isEmpty && !inspection.hasSegment((segment) => scales.has(segment))) return
    // By the leaves that are missing: the packed tensors, and what the first of them misses.
    const gone = new Map<string, { readonly packed: Set<string>; readonly missing: readonly string[] }>()
    const miss = (packed: string, missing: readonly string[]): void => {
      if (missing.length === 0) return
      const key = missing.map(leafName).join('\0')
      const group = gone.get(key) ?? { packed: new Set(), missing }
      gone.set(key, group)
      group.packed.add(packed)
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
    for (const { packed, missing } of gone.values())
      yield tell({ packed: [...packed], needed: missing.map(leafName) }, { tensor: missing[0] as string })
  },
})
