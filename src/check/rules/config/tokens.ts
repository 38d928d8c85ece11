import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'
import { tokenEmbeddings } from '../../structure/token-embeddings.ts'

export const configTokens = rule({
  id: 'config/tokens',
  level: 'error',
  claim: 'Every token of the tokenizer has a row in the token embedding',
  why: 'A token without a row ends the first sentence that holds it: an index out of range on a CPU, a failed assertion on a GPU. Tokens for pictures, sound and films are passed over: what is put there comes from another encoder (Gemma 3 1B has one of them more than rows).',
  case: 'A padding token was added to the tokenizer of GPT-2 (50,257 rows) and the model was not resized: "IndexError: index out of range in self".',
  fix: 'call model.resize_token_embeddings(len(tokenizer)), train, and save both together',
  message: ({ token, id, rows }: { token: string; id: number; rows: number }) =>
    `token ${quoted(token)} has the id ${id}, and the token embedding has ${rows} rows`,
  about: ['file', 'tensor'],

  *check({ checkpoint, stateDict }, tell) {
    const { tokenizer } = checkpoint.side
    if (tokenizer === undefined || tokenizer.idOfText === null || stateDict === null) return
    const embeddings = tokenEmbeddings(stateDict)
    const [first] = embeddings
    // Encoder and decoder may each have a vocabulary of their own.
    const rows = Math.max(...embeddings.map(({ shape }) => shape[0] as number))
    if (first === undefined || tokenizer.idOfText < rows) return
    yield tell(
      { token: tokenizer.token, id: tokenizer.id, rows },
      { file: tokenizer.file, tensor: first.name },
    )
  },
})
