import { configCount } from '../../../model/config-value.ts'
import { rule } from '../../rule.ts'
import { countsRowsOtherwise, rowsOnlyRead, statedAnywhere } from '../../structure/own-meanings.ts'
import { tokenEmbeddings } from '../../structure/token-embeddings.ts'

/** Rows are padded to a multiple of 8 and more for speed; never by more than this. */
const mostPadding = 1_024

export const configVocabulary = rule({
  id: 'config/vocabulary',
  level: 'error',
  claim: 'The token embedding has the rows that vocab_size of config.json says',
  why: 'With fewer rows the last tokens of the vocabulary have no embedding, and loading fails or reads past the end. More rows are padding where the loader allows it; transformers does not.',
  case: 'An embedding resized for new tokens, with the old config.json (OpenHelix ReconVLA #7, sillsdev/silnlp #1035). 51,200 rows for 51,190 tokens were padding (RUC-GSAI/YuLan-Chat #8).',
  fix: 'save the model and its config.json together after resize_token_embeddings',
  message: ({ said, rows }: { said: number; rows: number }) =>
    `vocab_size is ${said}, and the token embedding has ${rows} rows`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict }, tell) {
    const { config } = checkpoint.side
    const size = configCount(config, 'vocab_size')
    const embeddings = stateDict === null ? [] : tokenEmbeddings(stateDict)
    const [first] = embeddings
    if (size === undefined || first === undefined || countsRowsOtherwise(config)) return
    // Marian counts the tokens of its two sides apart, and a model of several parts those of each.
    const sizes = ['vocab_size', 'decoder_vocab_size'].flatMap((key) => statedAnywhere(config, key))
    const more = rowsOnlyRead(config)
    // A class of transformers has the rows that config.json says, and refuses any others.
    const isExact = Array.isArray(config?.get('architectures')) && config?.has('auto_map') !== true
    const fits = (rows: number, stated: number): boolean =>
      rows === stated || rows === stated + more || (!isExact && isPadded(rows, stated))
    if (embeddings.some(({ shape }) => sizes.some((stated) => fits(shape[0] as number, stated)))) return
    yield tell(
      { said: size, rows: first.shape[0] as number },
      { file: 'config.json', key: 'vocab_size', tensor: first.name },
    )
  },
})

function isPadded(rows: number, size: number): boolean {
  return rows > size && rows - size < mostPadding && rows % 8 === 0
}
