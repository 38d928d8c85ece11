import type { EvidenceSource, Subject } from './source.ts'

/** `config.json` beside the weights names the model's class: the root module is declared. */
export const configClass: EvidenceSource = {
  id: 'config-class',
  title: 'config.json names the class',
  collect(subject, claims) {
    const { config } = subject.checkpoint.side
    if (config === undefined || subject.stateDict.role !== 'model') return
    const architectures = config.get('architectures')
    const first = Array.isArray(architectures)
      ? architectures[0]
      : (config.get('_class_name') ?? config.get('architecture'))
    if (typeof first === 'string' && first !== '' && first.length < 200)
      claims.module(subject.tree.root, [first], '', 'declared')
    if (config.get('tie_word_embeddings') === true) {
      if (hasOutputEmbedding(subject)) return
      if (
        typeof first === 'string' &&
        /(LMHeadModel|ForCausalLM|ForConditionalGeneration|ForMaskedLM)$/.test(first)
      ) {
        claims.note('the output embedding is not stored: config.json ties it to the input embedding')
      }
    }
  },
}

/** Whether there is an `lm_head.weight`. */
function hasOutputEmbedding({ tree, table }: Subject): boolean {
  const head = tree.segments.idOf('lm_head')
  const weight = tree.segments.idOf('weight')
  if (head < 0 || weight < 0) return false
  for (let index = 0; index < table.length; index++)
    if (tree.leaves[index] === weight) {
      const owner = tree.owners[index] as number
      if (owner !== 0 && tree.names[owner] === head) return true
    }
  return false
}
