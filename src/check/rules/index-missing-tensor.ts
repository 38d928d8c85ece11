import type { Rule } from '../rule.ts'

export const indexMissingTensor: Rule = {
  id: 'index/missing-tensor',
  level: 'error',
  claim: 'Every tensor that the index names is in some shard',
  why: 'What the index promises and no shard holds is never loaded.',
  case: 'An index mapped mtp.fc.weight to a shard that lacked it: 1,199 names, 1,198 tensors (huggingface/huggingface_hub #4725).',
  fix: 'download the shard again, or write the index again from the shards',
}
