import { moduleViews } from './module-view.ts'
import type { EvidenceSource } from './source.ts'

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
      for (const view of moduleViews(subject)) {
        if (view.node.name === 'lm_head' && view.has('weight')) return
      }
      if (
        typeof first === 'string' &&
        /(LMHeadModel|ForCausalLM|ForConditionalGeneration|ForMaskedLM)$/.test(first)
      ) {
        claims.note('the output embedding is not stored: config.json ties it to the input embedding')
      }
    }
  },
}
