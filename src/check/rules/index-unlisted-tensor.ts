import type { Rule } from '../rule.ts'

export const indexUnlistedTensor: Rule = {
  id: 'index/unlisted-tensor',
  level: 'error',
  claim: 'The index names every tensor of its shards',
  why: 'Loaders that go by the index leave the others out without a word: a part of the model keeps its initial values.',
  case: 'A rewritten index left out 31 tensors that were in the shards (osaurus-ai/vmlx-swift PR #388).',
  fix: 'write the index again from the shards',
}
