import { inspectionOf } from '../../model/inspection.ts'
import { embeddingNames, endsWithOneOf } from '../../model/names/embedding-names.ts'
import type { StateDictReport, TensorReport } from '../../model/report.ts'

const modules = new Set(embeddingNames.map((name) => name.split('.')[0]))

/** The token embeddings of a language model: one row a token. Quantised ones are left out, their shape says nothing. */
export function tokenEmbeddings(stateDict: StateDictReport): readonly TensorReport[] {
  if (!inspectionOf(stateDict).hasSegment((segment) => modules.has(segment))) return []
  return stateDict.tensors.filter(
    ({ name, shape, quantised }) =>
      shape.length === 2 && quantised === undefined && endsWithOneOf(name, embeddingNames),
  )
}
