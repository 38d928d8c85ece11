import { tiesEmbeddings } from '../model/config-value.ts'
import { embeddingNames, endsWithOneOf } from '../model/names/embedding-names.ts'
import { sameShape } from '../model/tensors/shape.ts'
import type { Claims, EvidenceSource, Subject } from './source.ts'

/** Last segments of the name of what turns hidden states into tokens. */
const heads = ['lm_head.weight', 'embed_out.weight', 'predictions.decoder.weight', 'output_projection.weight']

/**
 * `config.json` ties the output layer to the embedding (transformers, `tie_word_embeddings`), and the file has both: a
 * loader takes the embedding for both, so its author counts it once. Kinds are not its business.
 */
export const configTies: EvidenceSource = {
  id: 'config-ties',
  title: 'config.json ties the output layer to the embedding',
  collect(subject, claims) {
    const { config } = subject.checkpoint.side
    if (config === undefined || subject.stateDict.role !== 'model' || tiesEmbeddings(config) !== true) return
    claimHeads(subject, claims)
  },
}

function claimHeads({ table, tree }: Subject, claims: Claims): void {
  const weight = tree.segments.idOf('weight')
  // Names are made of few: a model may have hundreds of thousands.
  const owners = new Set([...embeddingNames, ...heads].map((name) => tree.segments.idOf(ownerOf(name))))
  const rows: { readonly embeddings: number[]; readonly heads: number[] } = { embeddings: [], heads: [] }
  for (let index = 0; index < table.length; index++) {
    const owner = tree.names[tree.owners[index] as number] as number
    if (tree.leaves[index] !== weight || !owners.has(owner) || table.tie(index) !== null) continue
    const name = table.name(index)
    if (endsWithOneOf(name, embeddingNames)) rows.embeddings.push(index)
    else if (endsWithOneOf(name, heads)) rows.heads.push(index)
  }
  for (const head of rows.heads) {
    const fitting = rows.embeddings.filter((one) => sameShape(table.shape(one), table.shape(head)))
    // Encoder and decoder may have an embedding each, and which of them is meant is not known here.
    const shared = fitting.filter((one) => endsWithOneOf(table.name(one), ['shared.weight']))
    const [embedding, ...others] = shared.length === 1 ? shared : fitting
    if (embedding === undefined || others.length > 0) continue
    const name = table.name(embedding)
    claims.counted(head, name)
    claims.note('the output layer is stored beside the embedding, to which config.json ties it: counted once')
  }
}

/** The last segment but one. */
function ownerOf(name: string): string {
  return name.split('.').at(-2) as string
}
