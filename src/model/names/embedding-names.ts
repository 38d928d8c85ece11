/** Last two segments of the name of a token embedding, by the libraries that call it so. */
export const embeddingNames: readonly string[] = [
  'embed_tokens.weight', // Llama, T5 (after 5.0), BART, OPT
  'word_embeddings.weight', // BERT, Falcon, BLOOM
  'wte.weight', // GPT-2, MPT
  'tok_embeddings.weight', // Meta's Llama, ModernBERT
  'embed_in.weight', // GPT-NeoX
  'shared.weight', // T5, BART
]

/** Whether a dotted name ends with one of these. */
export function endsWithOneOf(name: string, endings: readonly string[]): boolean {
  return endings.some((ending) => name === ending || name.endsWith(`.${ending}`))
}
