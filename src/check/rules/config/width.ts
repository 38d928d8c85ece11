import { configValue } from '../../../model/config-value.ts'
import { rule } from '../../rule.ts'
import { saysOtherWidth, statedAnywhere } from '../../structure/own-meanings.ts'
import { tokenEmbeddings } from '../../structure/token-embeddings.ts'

/** Keys that state the columns of a token embedding, in one model or another. */
const keys = [
  'hidden_size',
  'n_embd',
  'd_model',
  'dim',
  'embedding_size',
  'input_embedding_size',
  'word_embed_proj_dim',
  'embedding_dim',
  'embed_dim',
  'emb_dim',
  'd_embed',
  'hidden_dim',
]

export const configWidth = rule({
  id: 'config/width',
  level: 'error',
  claim: 'The token embedding is as wide as config.json says',
  why: 'The width is the first thing that differs between the sizes of a model family: a config.json of another size stands beside the weights.',
  case: 'Loading fails with a size mismatch for every tensor, and the message does not say that one file is wrong.',
  fix: 'use the config.json that was saved with these weights',
  message: ({ said, columns }: { said: number; columns: number }, { key }) =>
    `${key} is ${said}, and the token embedding has ${columns} columns`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict }, tell) {
    const { config } = checkpoint.side
    if (saysOtherWidth(config)) return
    const stated = keys.flatMap((key) => {
      const value = configValue(config, key)
      return typeof value === 'number' ? [[key, value] as const] : []
    })
    const embeddings = stateDict === null ? [] : tokenEmbeddings(stateDict)
    const [first] = embeddings
    const [said] = stated
    if (first === undefined || said === undefined) return
    if (embeddings.some(({ shape }) => stated.some(([, value]) => value === shape[1]))) return
    // A decoder within reads what the model around it is as wide as (csm).
    const around = statedAnywhere(config, 'backbone_hidden_size')
    if (embeddings.some(({ shape }) => around.includes(shape[1] as number))) return
    const [key, value] = said
    yield tell(
      { said: value, columns: first.shape[1] as number },
      { file: 'config.json', key, tensor: first.name },
    )
  },
})
