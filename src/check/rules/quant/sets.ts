import { counted } from '../../../findings/name-list.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import { dtypeNames } from '../../../model/tensors/tensor-table.ts'
import { rule } from '../../rule.ts'
import { lacking, mayLack } from '../../structure/packed-members.ts'
import { lackingPeers } from '../../structure/quantised-peers.ts'

type Incomplete = {
  /** Names of those that miss the same, and the last segments of what they miss. */
  packed: readonly string[]
  needed: readonly string[]
}

export const quantSets = rule({
  id: 'quant/sets',
  level: 'error',
  claim: 'Every packed weight has its scales and zero points, and they have their weight',
  why: 'A packed weight is numbers without a unit: without its scales it cannot be read, and a loader that leaves them at their initial values gives noise.',
  case: 'Scales that were never filled in made weights of 0x88888888 (vllm-project/compressed-tensors PR #854).',
  fix: 'quantise the model again, or save all tensors of its layers',
  message: ({ packed, needed }: Incomplete) => {
    const what = needed.map((leaf) => JSON.stringify(leaf)).join(', ')
    const beside = packed.length === 1 ? 'it' : 'them'
    return `${counted(packed, 'a tensor has', 'tensors have')} no ${what} beside ${beside}: ${foldedList(packed)}`
  },
  about: ['tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole) return
    const inspection = inspectionOf(stateDict)
    if (inspection.quantisations.isEmpty && !inspection.hasSegment(mayLack)) return
    // By the leaves that are missing: the packed tensors, and what the first of them misses.
    const gone = new Map<string, { readonly packed: Set<string>; readonly missing: readonly string[] }>()
    const told = new Set<string>()
    const miss = (packed: string, names: readonly string[]): void => {
      const missing = names.filter((name) => !told.has(name))
      if (missing.length === 0) return
      for (const name of missing) told.add(name)
      const key = missing.map(leafName).join('\0')
      const group = gone.get(key) ?? { packed: new Set(), missing }
      gone.set(key, group)
      group.packed.add(packed)
    }
    const { tree, table } = inspection
    const { config, quantizeConfig } = checkpoint.side
    const isPacked =
      !inspection.quantisations.isEmpty ||
      quantizeConfig !== undefined ||
      config?.get('quantization_config') instanceof Map ||
      table.columns.dtypes.some((code) => /^F8_E[45]/.test(dtypeNames[code] as string))
    // What the same layer of other blocks has is known by its name; the rest by what its layout has.
    const known = new Set<string>()
    for (const { path, leaf, of } of lackingPeers(inspection)) {
      known.add(path)
      miss(table.name(of), [`${path}.${leaf}`])
    }
    if (!inspection.quantisations.isEmpty)
      for (let index = 0; index < inspection.length; index++) {
        const missing = inspection.quantisations.at(index)?.missing ?? []
        if (missing.length > 0 && !known.has(tree.path(tree.owners[index] as number)))
          miss(table.name(index), missing)
      }
    for (let module = 0; module < tree.size; module++) {
      if (tree.ownCount(module) === 0) continue
      const own = new Map([...tree.ownOf(module)].map((tensor) => [tree.leafOf(tensor), table.dtype(tensor)]))
      const has = (leaf: string): boolean => own.has(leaf) || tree.childNamed(module, leaf) >= 0
      for (const [of, leaf] of lacking(own, has, isPacked)) {
        const path = tree.path(module)
        const within = path === '' ? '' : `${path}.`
        if (!known.has(path)) miss(within + of, [within + leaf])
      }
    }
    for (const { packed, missing } of gone.values())
      yield tell({ packed: [...packed], needed: missing.map(leafName) }, { tensor: missing[0] as string })
  },
})
