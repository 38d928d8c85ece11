import { inspectionOf } from '../model/inspection.ts'
import type { StateDictReport, TensorReport } from '../model/report.ts'

/** Last two segments of the name of a token embedding, by the libraries that call it so. */
const names = [
  'embed_tokens.weight', // Llama, T5 (after 5.0), BART, OPT
  'word_embeddings.weight', // BERT, Falcon, BLOOM
  'wte.weight', // GPT-2, MPT
  'tok_embeddings.weight', // Meta's Llama, ModernBERT
  'embed_in.weight', // GPT-NeoX
  'shared.weight', // T5, BART
]

const modules = new Set(names.map((name) => name.split('.')[0]))

/** The token embeddings of a language model: one row a token. Quantised ones are left out, their shape says nothing. */
export function tokenEmbeddings(stateDict: StateDictReport): readonly TensorReport[] {
  if (!inspectionOf(stateDict).hasSegment((segment) => modules.has(segment))) return []
  return stateDict.tensors.filter(
    ({ name, shape, quantised }) =>
      shape.length === 2 &&
      quantised === undefined &&
      names.some((ending) => name === ending || name.endsWith(`.${ending}`)),
  )
}
