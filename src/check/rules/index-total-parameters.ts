import type { Rule } from '../rule.ts'

export const indexTotalParameters: Rule = {
  id: 'index/total-parameters',
  level: 'warning',
  claim: 'total_parameters of the index fits its shards',
  why: 'It is shown as the size of the model. More than the shards hold is right only for packed weights.',
  case: 'A hub page showed 333,312 parameters for a model of 7.6 billion, from a wrong number in metadata (huggingface/huggingface_hub #4221).',
  fix: 'write the index again from the shards',
}
