import { inspectionOf } from '../../model/inspection.ts'
import { rule } from '../rule.ts'
import { tokenEmbeddings } from '../structure/token-embeddings.ts'

export const indexParameters = rule({
  id: 'index/parameters',
  level: 'warning',
  claim: 'total_parameters of the index is no less than the parameters that are certain',
  why: 'The index was written for other shards: of a smaller model, or before something was added.',
  case: 'An index copied from another size of the model, beside shards of the same names.',
  fix: 'write the index again from the shards',
  message: ({ said, held }: { said: number; held: number }) =>
    `total_parameters in the index is ${said}, and the shards hold at least ${held}`,
  about: ['key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole) return
    const said = checkpoint.stateDicts.find(({ path }) => path === stateDict.path)?.facts.totalParameters
    if (said === undefined) return
    const inspection = inspectionOf(stateDict)
    const { table } = inspection
    let held = 0
    for (let index = 0; index < inspection.length; index++) {
      const { kind } = inspection.verdict(index)
      if (kind.answer !== 'parameter' || kind.level === 'assumed' || table.tie(index) !== null) continue
      held += table.elements(index)
    }
    // A head that is tied in memory and stored beside the embedding is counted once.
    held -= Math.max(0, ...tokenEmbeddings(stateDict).map(({ elements }) => elements))
    if (said < held) yield tell({ said, held }, { key: 'total_parameters' })
  },
})
