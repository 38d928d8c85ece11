import { quoted } from '../../../errors.ts'
import { type Inspection, inspectionOf } from '../../../model/inspection.ts'
import type { TensorReport } from '../../../model/report.ts'
import { rule } from '../../rule.ts'
import { rowsOnlyRead } from '../../structure/own-meanings.ts'

/** Token embeddings of decoders, and the heads that libraries put beside them. */
const pairs = [
  ['model.embed_tokens', 'lm_head'],
  ['model.language_model.embed_tokens', 'lm_head'],
  ['transformer.wte', 'lm_head'],
  ['transformer.word_embeddings', 'lm_head'],
  ['gpt_neox.embed_in', 'embed_out'],
  ['tok_embeddings', 'output'],
] as const

type HeadRows = { readonly embedding: string; readonly rows: number; readonly heads: number }

export const contentsHeadRows = rule({
  id: 'contents/head-rows',
  level: 'error',
  claim: 'The head has a row for each row of the token embedding',
  why: 'Tokens without a row in one of them cannot be read or written, and a library that makes both of one size refuses the file.',
  case: 'Tokens were added and only the embedding was resized, or the head saved by another step.',
  fix: 'call resize_token_embeddings on the whole model, and save both together',
  // Some models have a token that begins every text and is never answered: Moshi, ImageGPT.
  levelOf: ({ rows, heads }: HeadRows) => (rows === heads + 1 ? 'warning' : 'error'),
  about: ['tensor'],
  message: ({ embedding, rows, heads }: HeadRows, { tensor }) =>
    `${quoted(tensor)} has ${heads} rows, and the token embedding ${quoted(embedding)} has ${rows}`,

  *check({ checkpoint, stateDict }, tell) {
    if (stateDict === null) return
    const inspection = inspectionOf(stateDict)
    const onlyRead = rowsOnlyRead(checkpoint.side.config)
    for (const [embedding, head] of pairs) {
      const [a, b] = [weightOf(inspection, embedding), weightOf(inspection, head)]
      if (a === undefined || b === undefined || a.quantised !== undefined || b.quantised !== undefined)
        continue
      const [rows, columns] = a.shape
      const isPair = a.shape.length === 2 && b.shape.length === 2 && columns === b.shape[1]
      if (isPair && rows !== b.shape[0] && rows !== (b.shape[0] as number) + onlyRead)
        yield tell(
          { embedding: a.name, rows: rows as number, heads: b.shape[0] as number },
          { tensor: b.name },
        )
    }
  },
})

function weightOf(inspection: Inspection, module: string): TensorReport | undefined {
  const index = inspection.tree.at(module)?.tensors.find((own) => inspection.tree.leafOf(own) === 'weight')
  return index === undefined ? undefined : inspection.tensor(index)
}
