import { quoted } from '../../../errors.ts'
import { tiesEmbeddings } from '../../../model/config-value.ts'
import { sameShape } from '../../../model/tensors/shape.ts'
import { rule } from '../../rule.ts'
import { tokenEmbeddings } from '../../structure/token-embeddings.ts'
import type { ReadTensor } from '../../structure/value-tensors.ts'

export const valuesTied = rule({
  id: 'values/tied',
  level: 'error',
  needs: 'values',
  claim: 'An output layer that config.json ties to the embedding has its values',
  why: 'With tie_word_embeddings true, loaders take the embedding for the output layer and drop what the file has: the model is not the one that was saved.',
  case: 'The output layer was trained or resized apart from the embedding, with tie_word_embeddings left as it was.',
  fix: 'set tie_word_embeddings to false in config.json if the two differ on purpose, or tie them and save again',
  about: ['file', 'key', 'tensor'],
  message: ({ embedding }: { embedding: string }, { tensor }) =>
    `tie_word_embeddings is true, and ${quoted(tensor)} has other values than ${quoted(embedding)}`,

  *check({ checkpoint, stateDict, readTensors }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined) return
    if (tiesEmbeddings(config) !== true) return
    const embeddings = new Set(tokenEmbeddings(stateDict).map(({ name }) => name))
    if (embeddings.size === 0) return
    const read = readTensors.filter(({ isChecked }) => isChecked)
    const [embedding, ...others] = read.filter(({ tensor }) => embeddings.has(tensor.name))
    // Encoder and decoder may have an embedding each: which of them is the tied one is not known here.
    if (embedding === undefined || others.length > 0) return
    for (const head of read)
      if (isHead.test(head.tensor.name) && isOther(head, embedding))
        yield tell(
          { embedding: embedding.tensor.name },
          { file: 'config.json', key: 'tie_word_embeddings', tensor: head.tensor.name },
        )
  },
})

const isHead = /(?:^|\.)(?:lm_head|embed_out)\.weight$/

/** Equal tensors have equal statistics: what differs in one is certainly another tensor. */
function isOther(a: ReadTensor, b: ReadTensor): boolean {
  if (a.reading.dtype !== b.reading.dtype || !sameShape(a.tensor.shape, b.tensor.shape)) return false
  const [one, two] = [a.reading.values, b.reading.values]
  return one.min !== two.min || one.max !== two.max || one.zeros !== two.zeros
}
