import { quoted } from '../../errors.ts'
import { inspectionOf } from '../../model/inspection.ts'
import { rule } from '../rule.ts'

/** Token embeddings of decoders, and the heads that libraries put beside them: the last segments of their names. */
const pairs = [
  ['model.embed_tokens.weight', 'lm_head.weight'],
  ['model.language_model.embed_tokens.weight', 'lm_head.weight'],
  ['transformer.wte.weight', 'lm_head.weight'],
  ['transformer.word_embeddings.weight', 'lm_head.weight'],
  ['gpt_neox.embed_in.weight', 'embed_out.weight'],
  ['tok_embeddings.weight', 'output.weight'],
] as const

export const contentsHeadRows = rule({
  id: 'contents/head-rows',
  level: 'error',
  claim: 'The head has a row for each row of the token embedding',
  why: 'Tokens without a row in one of them cannot be read or written, and a library that makes both of one size refuses the file.',
  case: 'Tokens were added and only the embedding was resized, or the head saved by another step.',
  fix: 'call resize_token_embeddings on the whole model, and save both together',
  about: ['tensor'],
  message: ({ embedding, rows, heads }: { embedding: string; rows: number; heads: number }, { tensor }) =>
    `${quoted(tensor)} has ${heads} rows, and the token embedding ${quoted(embedding)} has ${rows}`,

  *check({ stateDict }, tell) {
    if (stateDict === null || !inspectionOf(stateDict).hasSegment((segment) => heads.has(segment))) return
    const byName = new Map(Array.from(stateDict.tensors, (tensor) => [tensor.name, tensor]))
    for (const [embedding, head] of pairs) {
      const [a, b] = [byName.get(embedding), byName.get(head)]
      if (a === undefined || b === undefined || a.quantised !== undefined || b.quantised !== undefined)
        continue
      const [rows, columns] = a.shape
      const isPair = a.shape.length === 2 && b.shape.length === 2 && columns === b.shape[1]
      if (isPair && rows !== b.shape[0])
        yield tell({ embedding, rows: rows as number, heads: b.shape[0] as number }, { tensor: head })
    }
  },
})

const heads = new Set(pairs.map(([, head]) => head.slice(0, head.indexOf('.'))))
