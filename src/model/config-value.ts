import type { Plain, PlainMap } from './checkpoint.ts'

/** Where the language model of a multimodal config.json keeps what is its own. */
const parts = ['text_config', 'llm_config', 'language_config']

/**
 * What config.json says under the first of `keys` that it has, at its top or in the part about the language model.
 */
export function configValue(config: PlainMap | undefined, ...keys: readonly string[]): Plain | undefined {
  if (config === undefined) return undefined
  const inner = parts.map((part) => config.get(part)).filter((part): part is PlainMap => part instanceof Map)
  for (const key of keys)
    for (const level of [...inner, config]) {
      const value = level.get(key)
      if (value !== undefined && value !== null) return value
    }
  return undefined
}

/** The same where it is a whole number from 1 to 2^53; undefined otherwise. */
export function configCount(config: PlainMap | undefined, ...keys: readonly string[]): number | undefined {
  const value = configValue(config, ...keys)
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/**
 * Whether config.json ties the output layer to the embedding; undefined where it does not say, and each model class has
 * its own default. Said at the top, it is of the whole model.
 */
export function tiesEmbeddings(config: PlainMap): boolean | undefined {
  const said = config.get('tie_word_embeddings') ?? configValue(config, 'tie_word_embeddings')
  return typeof said === 'boolean' ? said : undefined
}
