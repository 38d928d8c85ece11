import { inspectionOf } from '../../model/inspection.ts'
import { foldedList } from '../../model/names/folded-names.ts'
import { rule } from '../rule.ts'
import { lowRankPairs } from '../structure/low-rank-pairs.ts'
import { modelTypeOf } from '../structure/model-types.ts'
import { lacksProjections } from '../structure/projections.ts'

export const blocksProjections = rule({
  id: 'blocks/projections',
  level: 'error',
  claim: 'Attention has all of its projections of queries, keys and values',
  why: 'Of the three that libraries register together one is in no block. All blocks lack the same, so that none looks odd, and a load initialises what is missing at random or fails.',
  case: 'A conversion with a rule of names that misses one of three: the other two are there, in every layer.',
  fix: 'save or convert the checkpoint again; if the model has none, turn this rule off',
  message: ({ there, missing }: { there: readonly string[]; missing: readonly string[] }) =>
    `${foldedList(there)} ${there.length === 1 ? 'is' : 'are'} there, and ${foldedList(missing)} ${missing.length === 1 ? 'is' : 'are'} not`,
  about: ['tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole || stateDict.role !== 'model') return
    // config/modules knows what a model of its type has.
    if (modelTypeOf(checkpoint.side.config?.get('model_type')) !== undefined) return
    // Of an adapter only those are there that were trained.
    if (checkpoint.side.adapterConfig !== undefined || lowRankPairs(stateDict).length > 0) return
    for (const { there, missing } of lacksProjections(inspectionOf(stateDict)))
      yield tell({ there, missing }, { tensor: missing[0] as string })
  },
})
